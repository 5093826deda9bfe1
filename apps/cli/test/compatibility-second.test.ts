import { describeBaselines } from "./compatibility.js";

describeBaselines(1);
