import type { RuleWrapper } from "@leader/core";
import { z } from "zod";

export const options = z.strictObject({
  limit: z.number().positive().max(10).default(1).describe("largest absolute value of a pixel of the result, images in [-1,1]"),
});

/** Clips at the clean level only: what the rule keeps and reports on the way stays as it is. */
export const leaderStageNameWrapper = ({ limit }: z.output<typeof options>): RuleWrapper => ({
  wrap: (rule) => ({
    ...rule,
    step(ctx, input, state) {
      const made = rule.step(ctx, input, state);
      const isClean = input.to.index.less(0.5);
      const clipped = made.x.clip(-limit, limit);
      ctx.observe("clipped", made.x.sub(clipped).abs().mean());
      return { ...made, x: isClean.where(clipped, made.x) };
    },
  }),
});
