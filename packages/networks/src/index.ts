/** `@leader/networks`: the networks of the field from their published checkpoints. */
export { openCheckpoint } from "./checkpoint/open.js";
export { checkpointFromBytes } from "./checkpoint/read-checkpoint.js";
export type { Checkpoint, CheckpointFormat } from "./checkpoint/checkpoint.js";
export { askedShapes, LoadedWeights, WeightPlaceholders, loadWeights, recognise } from "./checkpoint/load-network.js";
export type { Recognised, WeightSource } from "./checkpoint/load-network.js";
export { published } from "./checkpoint/published.js";
export type { Published } from "./checkpoint/published.js";
export { admNetwork } from "./architectures/adm.js";
export type { AdmFlags } from "./architectures/adm.js";
export type { ArchitectureName, ArchitectureSettings, Network, NetworkInputs } from "./architectures/architecture.js";
export { checkpoint } from "./denoiser/checkpoint.js";
export { networkGraph } from "./denoiser/checkpoint-denoiser.js";
export { usageOf } from "./denoiser/assumptions.js";
export type { Assumed, Usage } from "./denoiser/assumptions.js";
export { float32Of } from "./file/stored-tensor.js";
export type { StoredTensor } from "./file/stored-tensor.js";
export { errors as networkErrors } from "./error-codes.js";
export { default } from "./plugin.js";
