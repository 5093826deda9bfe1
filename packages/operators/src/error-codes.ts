import { defineErrors } from "@leader/core";

const pixels = (size: readonly number[]): string => size.join(" x ");

/** Every error code of `@leader/operators`; a code is never reused. Sizes are height x width. */
export const errors = defineErrors("LEADER_OPERATORS", {
  NOT_AN_IMAGE: (p: { operator: string; received: string }) => ({
    message: `${p.operator}: expected float32 images [N,C,H,W], received ${p.received}`,
    hint: "give a picture, or a batch of pictures of one size",
  }),
  WRONG_CHANNELS: (p: { operator: string; expected: number; received: number }) => ({
    message: `${p.operator}: expected ${p.expected} channels, received ${p.received}`,
    hint: "convert the picture, or give the operator as many weights as the picture has channels",
  }),
  SIZE_NOT_DIVISIBLE: (p: { operator: string; size: readonly number[]; factor: number }) => ({
    message: `${p.operator}: expected sides divisible by ${p.factor}, received ${pixels(p.size)}`,
    hint: divisibleHint(p.size, p.factor),
  }),
  MASK_SIZE: (p: { mask: readonly number[]; image: readonly number[]; path: string }) => ({
    message: `inpainting: expected a mask of ${pixels(p.image)} as the picture, received ${pixels(p.mask)} in ${p.path}`,
    hint: `scale one of the two; the mask must match the picture pixel by pixel`,
  }),
  MASK_INVALID: (p: { path: string; problem: string }) => ({
    message: `inpainting: ${p.path} is not a mask: ${p.problem}`,
    hint: "give a picture, or an array [H,W] or [C,H,W] with values from 0 (missing) to 1 (kept)",
  }),
  MASK_KEEPS_NOTHING: (p: { source: string }) => ({
    message: `inpainting: the mask from ${p.source} keeps no pixel`,
    hint: "white (1) means kept, black (0) missing: is the mask inverted, or the missing share too large?",
  }),
  MASK_HIDES_NOTHING: (p: { path: string }) => ({
    message: `inpainting: the mask from ${p.path} hides no pixel, so nothing is filled in`,
    hint: "black (0) or transparent means missing: is the mask inverted, or were the holes drawn in another colour?",
  }),
  BOX_OUTSIDE: (p: { box: string; image: readonly number[] }) => ({
    message: `inpainting: the ${p.box} is not inside a picture of ${pixels(p.image)}`,
    hint: "move or shrink the box; rows and columns count from 0 at the top left",
  }),
  KERNEL_INVALID: (p: { path: string; problem: string }) => ({
    message: `motion-blur: ${p.path} is not a kernel: ${p.problem}`,
    hint: "give a picture, or an array [H,W] or [C,H,W], of finite values with a positive sum",
  }),
  MEASUREMENT_INVALID: (p: { operator: string; expected: string; received: string }) => ({
    message: `${p.operator}: expected a measurement of ${p.expected}, received ${p.received}`,
    hint: "measure with the same options as you restore with",
  }),
  IMAGE_SIZE_UNKNOWN: (p: { operator: string; received: string }) => ({
    message: `${p.operator}: no square picture has a measurement of type ${p.received}`,
    hint: "state the size of the picture in the option `imageSize`, as { height, width }",
  }),
  MEAN_NOT_MEASURED: (p: { seed: number }) => ({
    message: `walsh-hadamard: seed ${p.seed} does not draw the coefficient of the mean, so the brightness of the picture is not measured`,
    hint: "set keepMean: true, or try another seed",
  }),
});

function divisibleHint(size: readonly number[], factor: number): string {
  const smaller = size.map((n) => Math.floor(n / factor) * factor);
  const larger = size.map((n) => Math.ceil(n / factor) * factor);
  const crop = smaller.includes(0) ? "" : `crop the picture to ${pixels(smaller)}, or `;
  return `${crop}pad it to ${pixels(larger)}`;
}
