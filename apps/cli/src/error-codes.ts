import { defineErrors } from "@leader/core";

/** Every error code of the command line; a code is never reused. */
export const errors = defineErrors("LEADER_CLI", {
  USAGE: (p: { problem: string; hint: string }) => ({ message: p.problem, hint: p.hint }),
  NO_INPUT: (p: { path: string }) => ({
    message: `${p.path} holds no pictures or measurements`,
    hint: "give picture files (PNG, JPEG, WebP, TIFF), .npy measurements, or a folder of them",
  }),
  OUTPUT_EXISTS: (p: { path: string }) => ({
    message: `${p.path} exists already`,
    hint: "choose another place with -o, or say --overwrite",
  }),
  OUTPUT_IS_INPUT: (p: { path: string }) => ({
    message: `the result would replace the input ${p.path}`,
    hint: "choose another place with -o",
  }),
  OUTPUT_TAKEN: (p: { path: string; inputs: readonly string[] }) => ({
    message: `several inputs would be written to ${p.path}: ${p.inputs.join(", ")}`,
    hint: "restore them in separate calls, or rename them",
  }),
  NOT_A_PICTURE: (p: { path: string; shape: readonly number[] }) => ({
    message: `a measurement of shape [${p.shape.join(",")}] is no picture, so it cannot be written to ${p.path}`,
    hint: "let the output name end in .npy",
  }),
  GREY_INPUT: (p: { path: string; channels: number; wanted: number }) => ({
    message: `${p.path} has ${p.channels} channel(s), this pipeline takes ${p.wanted}`,
    hint: "convert the picture, or choose an operator and a network for this number of channels",
  }),
});
