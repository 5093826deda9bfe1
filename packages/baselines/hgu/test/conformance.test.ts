import { describeWrapper } from "@leader/core/testing";
import plugin from "../src/plugin.js";

// It works on the gradient that a rule takes through the network.
describeWrapper("hgu", plugin.stages.hgu, { wraps: ["guided"] });
