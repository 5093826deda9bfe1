import { defineErrors } from "@leader/core";

const listed = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(", "));

/** Error codes of the denoiser stages. A table of their own, because stages use nothing that a third party could not. */
export const errors = defineErrors("LEADER", {
  NETWORK_FILE_MISSING: (p: { file: string }) => ({
    message: `the network file ${p.file} does not exist or is not an ordinary file`,
    hint: "check `path`; relative paths in a pipeline file are relative to that file",
  }),
  NETWORK_FILE_KIND: (p: { file: string; kind: string }) => ({
    message: `${p.file} is no ONNX file: it is ${p.kind}`,
    hint: 'use the stage `"@leader/networks#checkpoint"`, which builds the network of a checkpoint itself, or make an ONNX file of it: leader import FILE -o model.onnx',
  }),
  NETWORK_INPUTS: (p: { file: string; problem: string; inputs: readonly string[] }) => ({
    message: `${p.file}: ${p.problem}; its inputs are ${listed(p.inputs)}`,
    hint: "name the inputs in the denoiser's options: `inputs: { x: ..., conditioning: ..., as: timestep }`, and give every other input a value under `constants`",
  }),
  NETWORK_OUTPUT: (p: { file: string; problem: string; outputs: readonly string[] }) => ({
    message: `${p.file}: ${p.problem}; its outputs are ${listed(p.outputs)}`,
    hint: "name the prediction with `output`, and check `learnedVariance`: it means twice the channels of the image",
  }),
  NETWORK_IMAGE: (p: { file: string; image: string; problem: string; hint: string }) => ({
    message: `${p.file} does not take images ${p.image}: ${p.problem}`,
    hint: p.hint,
  }),
});
