import { defineStage, type Stage, type UpdateRule } from "@leader/core";
import { describeBaseline } from "@leader/core/testing";
import { z } from "zod";
import { correctedRule, gradientRule, nullSpaceRule } from "../test/rules.js";
import { equs } from "./equs.js";

const wrapped = (rule: UpdateRule): Stage<"baseline"> =>
  defineStage({
    kind: "baseline",
    summary: "a baseline in a wrapper",
    options: z.strictObject({}),
    requires: ["operator.pinv"],
    create: () => equs(rule, { transformation: "rotate-90", first: "original", unflipNoise: true }),
  });

// The oracle's prior is not symmetric, so the network in the other frame is one of another prior.
describeBaseline("equs around a null-space rule", wrapped(nullSpaceRule), { hardConsistency: true, approachesPosteriorMean: [] });
describeBaseline("equs around a rule with a gradient", wrapped(gradientRule), { approachesPosteriorMean: [] });
describeBaseline("equs around a rule that evaluates twice", wrapped(correctedRule), { hardConsistency: true, approachesPosteriorMean: [] });
