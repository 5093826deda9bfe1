import { defineErrors } from "@leader/graph";

/** Every error code of the metrics; a code is never reused. */
export const errors = defineErrors("LEADER_METRIC", {
  SHAPES_DIFFER: (p: { metric: string; expected: string; received: string }) => ({
    message: `${p.metric} compares images of one type: the reference is ${p.expected}, the image is ${p.received}`,
    hint: "crop or resize the two to the same [1,C,H,W]",
  }),
  TOO_SMALL: (p: { metric: string; least: number; height: number; width: number }) => ({
    message: `${p.metric} needs at least ${p.least} pixels per side, received ${p.height}x${p.width}`,
    hint: "measure larger images, or leave this metric out",
  }),
  COLOUR: (p: { metric: string; channels: number }) => ({
    message: `${p.metric} needs images of 3 channels, received ${p.channels}`,
    hint: "measure colour images, or choose a metric with colour: rgb, which takes any number of channels",
  }),
  IDENTITIES_MIXED: (p: { column: string; identities: readonly string[] }) => ({
    message: `the column ${p.column} would mix values that cannot be compared: ${p.identities.join(" | ")}`,
    hint: "measure everything with the same metric, range, colour space, crop and backbone",
  }),
  WEIGHTS_UNFIT: (p: { file: string; backbone: string; problem: string }) => ({
    message: `${p.file} does not hold LPIPS weights for ${p.backbone}: ${p.problem}`,
    hint: "give the .npz of the network's features (torchvision names) together with lin0.weight, lin1.weight, ...",
  }),
  NOT_LPIPS: (p: { file: string; problem: string }) => ({
    message: `${p.file} is not a network made by \`leader import-lpips\`: ${p.problem}`,
    hint: "make it anew: leader import-lpips WEIGHTS.npz -o lpips.onnx",
  }),
});
