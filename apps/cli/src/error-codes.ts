import { defineErrors } from "@leader/graph/errors";
import { shortage } from "./shortage.js";

/** Every error code of the command line; a code is never reused. */
export const errors = defineErrors("LEADER_CLI", {
  USAGE: (p: { problem: string; hint: string }) => ({ message: p.problem, hint: p.hint }),
  NO_INPUT: (p: { path: string }) => ({
    message: `${p.path} holds no pictures or measurements`,
    hint: "give picture files (PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP, HEIC), .npy measurements, or a folder of them",
  }),
  OUTPUT_EXISTS: (p: { path: string }) => ({
    message: `${p.path} exists already`,
    hint: "choose another place with -o, or say --overwrite",
  }),
  INIT_EXISTS: (p: { path: string }) => ({
    message: `${p.path} exists already`,
    hint: "name another file with -o, or remove it first: a pipeline is never written over",
  }),
  OUTPUT_IS_INPUT: (p: { path: string }) => ({
    message: `the result would replace the input ${p.path}`,
    hint: "choose another place with -o",
  }),
  OUTPUT_UNUSABLE: (p: { path: string; problem: string }) => ({
    message: `${p.path} cannot be written: ${p.problem}`,
    hint: "make the folder, allow writing to it, or choose another place; nothing was computed yet",
  }),
  OUTPUT_FAILED: (p: { problem: string }) => ({
    message: `standard output cannot be written: ${p.problem}`,
    hint: "free space where standard output goes; files that were announced before are written",
  }),
  OUTPUT_TAKEN: (p: { path: string; inputs: readonly string[] }) => ({
    message: `several inputs would be written to ${p.path}: ${p.inputs.join(", ")}`,
    hint: "restore them in separate calls, or rename them",
  }),
  REFERENCE_MISSING: (p: { folder: string; input: string; wanted: string }) => ({
    message: `${p.folder} holds no clean picture for ${p.input}: none is called ${p.wanted}`,
    hint: "give the clean pictures the names of the inputs; what `degrade` adds to a name does not count",
  }),
  REFERENCE_SIZE: (p: { path: string; received: readonly number[]; expected: readonly number[] }) => ({
    message: `the clean picture ${p.path} is ${p.received.join("x")}, but the result will be ${p.expected.join("x")}`,
    hint: "give the picture that the measurement was made of; nothing was computed",
  }),
  ARRAY_HARDLY_NEGATIVE: (p: { file: string }) => ({
    message: `hardly a value of ${p.file} is below 0, which is middle grey: measurements of pictures lie about [-1,1]`,
    hint: "if black is 0 and white 1 in it, say --range 0..1",
  }),
  NOT_A_PICTURE: (p: { path: string; shape: readonly number[] }) => ({
    message: `a measurement of shape [${p.shape.join(",")}] is no picture, so it cannot be written to ${p.path}`,
    hint: "let the output name end in .npy",
  }),
  GREY_INPUT: (p: { path: string; channels: number; wanted: number }) => ({
    message: `${p.path} has ${p.channels} channel(s), this pipeline takes ${p.wanted}`,
    hint: "convert the picture, or choose an operator and a network for this number of channels",
  }),
  REPRODUCE_NO_INPUT: (p: { result: string; integrity: string; bytes: number | undefined; folders: readonly string[] }) => ({
    message:
      p.bytes === undefined
        ? `${p.result} was made from an array in memory (${p.integrity}), which no file holds`
        : `the input of ${p.result}, ${p.bytes} bytes with ${p.integrity}, is not in ${p.folders.join(", ")}: it was changed or is elsewhere`,
    hint: "name it: --input FILE; if its content is another one, that is told among the differences",
  }),
  NOT_A_RUN: (p: { path: string; problem: string }) => ({
    message: `${p.path} is no recorded run: ${p.problem}`,
    hint: "name a folder that `leader restore ... --report FOLDER` wrote",
  }),
  QUEUE_MISSING: (_: Readonly<Record<string, never>>) => ({
    message: "the package of the queue is not installed",
    hint: "npm install @leader/queue",
  }),
  TASK_REFUSED: (p: { problem: string }) => ({
    message: `a task of the queue is refused: ${p.problem}`,
    hint: "tasks are put there by `leader bench` and `leader restore` with --engine redis",
  }),
  ENGINE_OPTION: (p: { problem: string; hint: string }) => ({ message: `--engine-option: ${p.problem}`, hint: p.hint }),
  ENGINE_MISSING: (p: { program: string; script: string }) => ({
    message: `\`${p.program}\` is not on this machine`,
    hint: `submit ${p.script} from a machine that has it; the same command without --engine then finds what is done`,
  }),
  ENGINE_REFUSED: (p: { program: string; problem: string }) => ({
    message: `${p.program} refused the work: ${p.problem}`,
    hint: "correct --engine-option, which is passed on; nothing was begun",
  }),
  ENGINE_LEFT: (p: { job: string }) => ({
    message: `the parts go on as job ${p.job}`,
    hint: `\`scancel ${p.job}\` ends them; the same command without --engine finds what is done`,
    retryable: true,
  }),
  BENCH_UNKNOWN_NAME: (p: { kind: string; name: string; known: readonly string[] }) => ({
    message: `\`${p.name}\` is no ${p.kind} of this bench; it has ${p.known.join(", ")}`,
    hint: `name one of its ${p.kind}s, or add \`${p.name}\``,
  }),
  BENCH_METRIC_TWICE: (p: { name: string }) => ({
    message: `two metrics are called \`${p.name}\``,
    hint: "give one of them another `name`",
  }),
  BENCH_METRIC_OPTION: (p: { metric: string; problem: string }) => ({
    message: `the metric \`${p.metric}\` ${p.problem}`,
    hint: "docs/bench.md lists the options of each metric",
  }),
  BENCH_NO_UNCERTAINTY: (p: { method: string; task: string; name: string }) => ({
    message: `the metric \`${p.name}\` judges a predicted variance, and ${p.method} on ${p.task} predicts none`,
    hint: 'add an estimator to the method, such as uncertainty: { use: "leader#stein" }, or samples: 8',
  }),
  BENCH_LPIPS_MISSING: (p: { path: string; name: string }) => ({
    message: `the LPIPS network ${p.path} does not exist`,
    hint: `make it from the published weights: leader import-lpips WEIGHTS.npz -o ${p.path} (relative to the bench file), or leave the metric out: --without ${p.name}`,
  }),
  BENCH_IMAGES_MISSING: (p: { path: string }) => ({
    message: `${p.path} holds no pictures (PNG, JPEG, WebP, TIFF, AVIF, GIF, BMP, HEIC)`,
    hint: "name a folder of clean pictures: --images FOLDER, or images.path in the file, relative to the file",
  }),
  BENCH_PICTURE_SMALL: (p: { path: string; size: number; height: number; width: number }) => ({
    message: `${p.path} is ${p.height}x${p.width}, smaller than the ${p.size}x${p.size} that the bench crops`,
    hint: "leave the picture out, or lower images.size",
  }),
  BENCH_NOT_FINITE: (p: { element: number; value: string }) => ({
    message: `the result is not finite: element ${p.element} is ${p.value}`,
    hint: "restore the picture with --debug-reference to find the operation that made it",
  }),
  BENCH_NO_RESULT: (p: { method: string; task: string }) => ({
    message: `there is no result of ${p.method} on ${p.task} to measure the distance to`,
    hint: `see why ${p.method} failed, or start with an empty output folder`,
  }),
  SERVER_MISSING: (_: Readonly<Record<string, never>>) => ({
    message: "the package @leader/server is not installed; the command line does without it",
    hint: "leader add server says what installs it",
  }),
  REPORT_LIBRARIES_MISSING: (p: { problem: string }) => ({
    message: `reports are drawn by libraries that are not installed with the command line: ${p.problem}`,
    hint: "leader add report says what installs them; leader add report --run does it",
  }),
  NPZ_UNREADABLE: (p: { file: string; problem: string }) => ({
    message: `${p.file} cannot be read as an .npz archive: ${p.problem}`,
    hint: "give a file that numpy.savez wrote",
  }),
  SYSTEM_SHORT: (p: { problem: string }) => ({ ...shortage(p), retryable: true }),
});
