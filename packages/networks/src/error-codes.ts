import { defineErrors } from "@leader/core";

const listed = (names: readonly string[]): string => (names.length === 0 ? "none" : names.join(", "));

/** Error codes of `@leader/networks`. */
export const errors = defineErrors("LEADER", {
  CHECKPOINT_MISSING: (p: { file: string; problem: string }) => ({
    message: `the checkpoint ${p.file} cannot be opened: ${p.problem}`,
    hint: "check `path`: a file (.pt, .pth, .ckpt, .bin, .pkl, .safetensors, .npz) or a folder of diffusers; relative paths in a pipeline file are relative to that file",
  }),
  CHECKPOINT_UNREADABLE: (p: { file: string; problem: string }) => ({
    message: `${p.file} is not a readable checkpoint: ${p.problem}`,
    hint: "check that the download is complete (not a web page or a pointer to large storage); if it is, ask its maker for the weights as .safetensors",
  }),
  CHECKPOINT_REFUSED: (p: { file: string; problem: string }) => ({
    message: `${p.file} is refused: ${p.problem}`,
    hint: "nothing of the file was run; take it from its maker again, or have somebody who trusts it save the bare state dict (`torch.save(model.state_dict(), path)`) or a .safetensors file",
  }),
  CHECKPOINT_TYPE: (p: { file: string; tensor: string; type: string }) => ({
    message: `${p.file}: the tensor \`${p.tensor}\` holds ${p.type}, which no weight does`,
    hint: "weights are float32, float16, bfloat16 or float64",
  }),
  CHECKPOINT_UNKNOWN: (p: { file: string; problem: string; known: readonly string[]; keys: readonly string[] }) => ({
    message: `${p.file}: ${p.problem}; its keys begin with ${listed(p.keys)}`,
    hint: `networks that can be read: ${listed(p.known)}. State \`network\` if the file is one of them; export others to ONNX and use the stage \`onnx-file\``,
  }),
  CHECKPOINT_KEYS: (p: { file: string; network: string; problems: readonly string[]; more: number }) => ({
    message: `${p.file} does not fit the network ${p.network}: ${p.problems.join("; ")}${p.more > 0 ? `; and ${p.more} more` : ""}`,
    hint: "the file is damaged or of another network; the flags in the message are those of the training code that would explain it",
  }),
  CHECKPOINT_OPTION: (p: { file: string; problem: string; hint: string }) => ({ message: `${p.file}: ${p.problem}`, hint: p.hint }),
});
