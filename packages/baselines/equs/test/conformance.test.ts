import { describeWrapper } from "@leader/core/testing";
import plugin from "../src/plugin.js";

describeWrapper("equs", plugin.stages.equs);
