import { defineErrors, formatAval, linearBetaSchedule, trace, type Aval, type Denoiser, type DenoiserFactory } from "@leader/core";
import { z } from "zod";

export const options = z.strictObject({
  mean: z.number().min(-1).max(1).default(0).describe("mean of the pixels, images in [-1,1]"),
  deviation: z.number().positive().default(0.5).describe("standard deviation of the pixels"),
});
type Options = z.output<typeof options>;

const errors = defineErrors("LEADER_STAGE_NAME", {
  NOT_AN_IMAGE: (p: { received: string }) => ({
    message: `leader-stage-name: expected float32 images [N,C,H,W], received ${p.received}`,
    hint: "give a picture, or a batch of pictures of one size",
  }),
});

/**
 * With z = x / sqrt(alphaBar) = x0 + sigma e and x0 ~ N(m, v): E[x0 | x] = m + v / (v + sigma^2) (z - m), E[e | x] = sigma / (v + sigma^2) (z - m),
 * and Var(x0 | x) = v sigma^2 / (v + sigma^2). A network takes its place here: for an ONNX file use `leader#onnx-file`.
 */
export function leaderStageNamePrior({ mean, deviation }: Options): DenoiserFactory {
  const schedule = linearBetaSchedule();
  const v = deviation ** 2;
  const at = (image: Aval): Denoiser => {
    if (image.dtype !== "float32" || image.shape.length !== 4) throw errors.NOT_AN_IMAGE({ received: formatAval(image) });
    const channels = image.shape[1]!;
    // A function of its own is what counts as one network evaluation. Both halves have their own formula: their difference would lose digits.
    const body = trace(
      (z, sigma) => {
        const part = z.sub(mean).div(sigma.square().add(v));
        return part
          .mul(v)
          .add(mean)
          .concat([part.mul(sigma)], 1);
      },
      [image, { shape: [], dtype: "float32" }],
      ["z", "sigma"],
    );
    return {
      image,
      schedule,
      differentiable: true,
      denoise(x, level) {
        const both = x.trace.emit("Function", [x.div(level.sqrtAlphaBar), level.sigma], {
          name: "leader-stage-name",
          body,
          evaluations: 1,
        });
        return { x0: both.sliceAxis(1, 0, channels), epsilon: both.sliceAxis(1, channels, 2 * channels) };
      },
      posteriorVariance: (_x, { sigma }) => sigma.square().mul(v).div(sigma.square().add(v)).expand(image.shape),
    };
  };
  return { schedule, at };
}
