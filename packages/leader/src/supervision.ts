/**
 * `leader-restore/supervision`: what a program needs that leaves the work to supervised processes, and nothing that these need: neither the
 * graph language nor readers of pictures and pipelines. Such a program starts its process while the rest of the library would still load.
 */
export { SupervisedWorker } from "./host/child/supervised-worker.js";
export { defaultMemoryMiB, leastMemoryMiB } from "./host/free-memory.js";
export type { Call, CallOptions, WorkerOptions } from "./host/child/supervised-worker.js";
export type { SessionLimits } from "./host/types.js";
export { outputWarning } from "./host/child/output-warning.js";
export { isConfigError } from "./host/config/diagnostic.js";
export { errors as leaderErrors } from "./error-codes.js";
export { checkOrdinaryFile, readOrdinaryFile } from "./files/ordinary-file.js";
export { makeFolders } from "./files/make-folders.js";
export { noiseInWords, noiseOfText, noiseText } from "./noise/noise-text.js";
export { isPicturePath, pictureExtensions } from "./picture/formats.js";
export { problemOfWriting, sweepPartials, writeFileAtomically } from "./picture/atomic-file.js";
export { differencesOfResults, differenceText } from "./host/pins/compare.js";
export type { Difference } from "./host/pins/compare.js";
export { recordFileOf } from "./record/record-file.js";
export { isTaskQuality, taskPipeline } from "./tasks/task-pipeline.js";
export { ProgressMeter } from "./restorer/progress.js";
