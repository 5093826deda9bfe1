import { describeBaselines } from "./compatibility.js";

describeBaselines(0);
