// Copied into the folder where the packages are installed, and run there: builds the scaffolds that it is given, checks them as `leader plugin
// check` does, and restores a picture with each. Prints a line of JSON for each. One process, since starting one takes longer than its work.
import { join } from "node:path";
import { createRestorer, readPicture, writePicture } from "leader-restore";
import ts from "typescript";

/** The function behind `leader plugin check`. */
const { pluginCheck } = await import(new URL("node_modules/@leader/cli/dist/commands/plugin-check.js", import.meta.url).href);

/** @type {Map<string, ts.SourceFile | undefined>} */
const read = new Map();

/**
 * `tsc -p tsconfig.build.json`, with what all scaffolds import read once.
 * @param {string} folder
 */
function build(folder) {
  const path = join(process.cwd(), folder, "tsconfig.build.json");
  const fail = (/** @type {ts.Diagnostic} */ problem) =>
    process.stdout.write(`${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}\n`);
  const config = ts.getParsedCommandLineOfConfigFile(path, {}, { ...ts.sys, onUnRecoverableConfigFileDiagnostic: fail });
  if (config === undefined) return [`${path} cannot be read`];
  const { fileNames, options } = config;
  const host = ts.createCompilerHost(options);
  const { getSourceFile } = host;
  host.getSourceFile = (name, ...rest) => {
    if (!read.has(name)) read.set(name, getSourceFile.call(host, name, ...rest));
    return read.get(name);
  };
  const program = ts.createProgram(fileNames, options, host);
  const problems = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  return problems.map((problem) => ts.flattenDiagnosticMessageText(problem.messageText, "\n"));
}

/**
 * @param {import("@leader/graph").HostTensor} a @param {import("@leader/graph").HostTensor} b
 * @returns {number} PSNR in dB
 */
function decibelsOf(a, b) {
  let squares = 0;
  for (let i = 0; i < b.data.length; i++) squares += ((a.data[i] ?? NaN) - (b.data[i] ?? NaN)) ** 2;
  return 10 * Math.log10(4 / (squares / b.data.length));
}

const clean = (await readPicture("picture.png")).tensor;
const mean = new Float64Array(clean.data).reduce((sum, value) => sum + value, 0) / clean.data.length;
/** The best picture of one grey. */
const grey = { ...clean, data: new Float32Array(clean.data.length).fill(mean) };

/** @param {string} folder */
async function restore(folder) {
  const restorer = await createRestorer(join(folder, "pipeline.yaml"), { isolate: false });
  const { pipeline } = restorer;
  const y = await pipeline.degrade(clean, { seed: 0 });
  const { image } = await restorer.restore(y);
  await writePicture(join(folder, "restored.png"), image);
  // How near a picture is to the original, and what it measures as to the measurement.
  const quality = async (/** @type {typeof image} */ picture) => ({
    decibel: decibelsOf(picture, clean),
    fit: decibelsOf(await pipeline.degrade(picture, { seed: 1 }), y),
  });
  const result = { restored: await quality(image), grey: await quality(grey) };
  await restorer.close();
  return result;
}

for (const folder of process.argv.slice(2)) {
  const problems = build(folder);
  const checked = await pluginCheck(folder, { json: true });
  process.stdout.write(`${JSON.stringify({ scaffold: folder, problems, checked, ...(await restore(folder)) })}\n`);
}
