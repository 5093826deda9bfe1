/** `leader-restore`: zero-shot image restoration with diffusion priors. Read a pipeline, open a session, restore. */
export { createRestorer } from "./restorer/restorer.js";
export type { InputSize, RestorationOptions, Restorer, RestorerOptions, RestorerSource } from "./restorer/restorer.js";
export { createPool } from "./restorer/pool.js";
export type { Pool, PoolOptions } from "./restorer/pool.js";
export type { RestorerInput } from "./restorer/input.js";
export { ProgressMeter } from "./restorer/progress.js";
export type { Progress } from "./restorer/progress.js";
export { WorkerPool } from "./pool/worker-pool.js";
export type { UseOptions, WorkerPoolOptions, WorkerPoolSizes } from "./pool/worker-pool.js";
export type { Restoration } from "./restorer/restoration.js";
export type { Restored } from "./restorer/restored.js";
export { addSeconds } from "./host/run/batch.js";
export { SpreadMeter, type Spread } from "./restorer/spread.js";
export { createPipeline, loadPipeline, parsePipeline } from "./host/pipeline.js";
export type { Pipeline } from "./host/pipeline.js";
export type {
  BundledPlugins,
  CheckOptions,
  CheckReport,
  PipelineExtension,
  PipelineObject,
  PipelineOptions,
  PluginInfo,
  RecordedFrame,
  RecordOptions,
  ResolvedConfig,
  ResolvedStage,
  RestoreOptions,
  RestoreResult,
  RestoreSeconds,
  RestoreWay,
  Run,
  Session,
  SessionLimits,
  SessionOptions,
  StageObject,
} from "./host/types.js";
export type { LoadEvent } from "./host/config/stage-reader.js";
export type { StageReference } from "./host/envelope.js";
export { ConfigError, formatDiagnostic, isConfigError } from "./host/config/diagnostic.js";
export type { Diagnostic } from "./host/config/diagnostic.js";
export { stopOn } from "./host/config/diagnostic.js";
export { readConfigText } from "./host/config/read-text.js";
export { parseDocumentText as parseConfigText } from "./host/config/document.js";
export type { ConfigDocument } from "./host/config/document.js";
export { composeText as composeConfigText } from "./host/config/composed.js";
export type { ComposedDocument, ComposeOptions } from "./host/config/composed.js";
export type { ExplainedValue } from "./host/config/explain.js";
export type { ParentText, Stated, StatedBy } from "./host/config/layers/layer.js";
export type { PipelineParam } from "./host/config/layers/params.js";
export type { ParentRules } from "./host/config/layers/parents.js";
export { composing as composingKeys } from "./host/envelope.js";
export { hashOf } from "./host/config/freeze.js";
export { validatePart as validateConfigPart, validOrStop } from "./host/config/issues.js";
export { jsonSchemaOf, pipelineSchema } from "./host/config/json-schema.js";
export type { JsonSchema } from "./host/config/json-schema.js";
export { PluginLoader } from "./host/plugins/load.js";
export type { LoadedPlugin, LoaderOptions } from "./host/plugins/load.js";
export { referenceName } from "./host/plugins/own.js";
export { errors as leaderErrors } from "./error-codes.js";
export { decodePicture, pictureSizeOf, readPicture, recordTextIn } from "./picture/read-picture.js";
export type { PictureSize } from "./picture/read-picture.js";
export { writingBytes } from "./picture/writing-bytes.js";
export type { WrittenResult } from "./picture/writing-bytes.js";
export type { Picture, PictureMetadata } from "./picture/picture.js";
export { asMeasured, isGrey, resultPicture, visibleSamples } from "./picture/result-picture.js";
export type { ResultPictureOptions } from "./picture/result-picture.js";
export { encodePicture, lossesOf, toRgb8, writePicture } from "./picture/write-picture.js";
export type { WritePictureOptions } from "./picture/write-picture.js";
export { formatOf, isPicturePath, pictureExtensions } from "./picture/formats.js";
export { readableExtensions } from "./picture/heic.js";
export type { PictureFormat } from "./picture/formats.js";
export { decodeNpy, encodeNpy, readNpy, writeNpy } from "./picture/npy.js";
export { carriesRecord } from "./picture/record-carrier.js";
export { contentKey } from "./picture/content-key.js";
export { estimateGrowingNoise, estimateNoise } from "./noise/estimate-noise.js";
export type { EstimateNoiseOptions } from "./noise/estimate-noise.js";
export { noiseInWords, noiseOfText, noiseText } from "./noise/noise-text.js";
export { noiseLevel, varianceAt } from "./noise/noise-level.js";
export type { GrowingNoise, NoiseLevel } from "./noise/noise-level.js";
export { problemOfWriting, sweepPartials, writeFileAtomically } from "./picture/atomic-file.js";
export type { WriteOptions } from "./picture/atomic-file.js";
export { checkOrdinaryFile, readOrdinaryFile } from "./files/ordinary-file.js";
export { serve } from "./host/child/serve.js";
export type { Handlers } from "./host/child/serve.js";
export { SupervisedWorker } from "./host/child/supervised-worker.js";
export type { Call, CallOptions, WorkerOptions } from "./host/child/supervised-worker.js";
export { outputWarning } from "./host/child/output-warning.js";
export { isTaskQuality, pipelineOfTask, taskNames, taskPipeline, taskQualities } from "./tasks/task-pipeline.js";
export type { TaskName, TaskObject, TaskOptions, TaskQuality } from "./tasks/task-pipeline.js";
export { lumaOf } from "./tasks/luma.js";
export { withRestoredAlpha } from "./tasks/restored-alpha.js";
export { givenSamples, pictureHandling } from "./tasks/picture-handling.js";
export type { GivenSamples, PictureHandling } from "./tasks/picture-handling.js";
export { markOfBytes, recordText } from "./record/record.js";
export type { Handling, InputMark, ResultRecord } from "./record/record.js";
export { recordFileOf } from "./record/record-file.js";
export { readRecord, writeRecordBeside } from "./record/record-files.js";
export { differencesOf, differencesOfResults, differenceText } from "./host/pins/compare.js";
export type { Difference } from "./host/pins/compare.js";
export { findLock, lockName, lockText, nameInLock, readLock } from "./host/pins/lock.js";
export type { LockFile } from "./host/pins/lock.js";
export { fileIntegrity, integrityOf } from "./host/pins/integrity.js";
export { stagesOf } from "./host/pins/pin-pipeline.js";
export type { MadeWith, PinnedPackage, PinnedPipeline } from "./host/pinned.js";
export { cacheFolder, DiskCache } from "./files/disk-cache.js";
export type { CacheEntry } from "./files/disk-cache.js";
