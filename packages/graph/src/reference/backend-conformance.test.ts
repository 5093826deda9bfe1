import { describeBackend } from "../testing/describe-backend.js";
import { referenceBackend } from "./backend.js";

// The float64 interpreter rounded to float32; infinities are what some cases ask for.
describeBackend("reference backend", () => referenceBackend({ checkFinite: false }), { memoryRuns: 0 });
