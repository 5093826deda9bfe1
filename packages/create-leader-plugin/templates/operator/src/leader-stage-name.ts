import { defineErrors, formatAval, linearOperator, type Aval, type OperatorFactory } from "@leader/core";
import { z } from "zod";

export const options = z.strictObject({ every: z.int().min(2).max(64).default(2).describe("one row of this many is measured") });

const errors = defineErrors("LEADER_STAGE_NAME", {
  WRONG_SIZE: (p: { expected: string; received: string }) => ({
    message: `leader-stage-name: expected ${p.expected}, received ${p.received}`,
    hint: "crop or pad the picture to the next height that fits",
  }),
});

/** [N,C,H,W], or a coded error. */
function sizesOf({ shape, dtype }: Aval, every: number): readonly [number, number, number, number] {
  const [n, c, h, w] = shape;
  if (dtype === "float32" && shape.length === 4 && h! % every === 0) return [n!, c!, h!, w!];
  throw errors.WRONG_SIZE({
    expected: `float32 images [N,C,H,W] with H divisible by ${every}`,
    received: formatAval({ shape, dtype }),
  });
}

/** A keeps the rows 0, n, 2n, ... Its rows are orthonormal, so the pseudo-inverse A^+ is the adjoint A^T, which is derived from `apply`. */
export const leaderStageNameOperator = ({ every }: z.output<typeof options>): OperatorFactory => ({
  imageFor(measurement) {
    const [n, c, h, w] = sizesOf(measurement, 1);
    return { shape: [n, c, h * every, w], dtype: "float32" };
  },
  at(image) {
    const [n, c, h, w] = sizesOf(image, every);
    const rows = linearOperator({
      name: "leader-stage-name",
      domain: image,
      apply: (x) => x.slice([0, 0, 0, 0], [n, c, h, w], [1, 1, every, 1]),
    });
    return linearOperator({ ...rows, pinv: rows.adjoint });
  },
});
