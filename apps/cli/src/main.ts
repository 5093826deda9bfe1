import { Command } from "commander";
import type { add } from "./commands/add.js";
import type { bench } from "./commands/bench.js";
import type { check } from "./commands/check.js";
import type { degrade } from "./commands/degrade.js";
import type { doctor } from "./commands/doctor.js";
import type { explain } from "./commands/explain.js";
import type { graph } from "./commands/graph.js";
import type { importLpips } from "./commands/import-lpips.js";
import type { importNetwork } from "./commands/import.js";
import type { init } from "./commands/init.js";
import type { inspect } from "./commands/inspect.js";
import type { pluginCheck } from "./commands/plugin-check.js";
import type { plugins } from "./commands/plugins.js";
import type { report } from "./commands/report.js";
import type { sample } from "./commands/sample.js";
import type { schema } from "./commands/schema.js";
import type { restore } from "./commands/restore.js";
import { collect } from "./collect.js";
import { version } from "./version.js";
import { addServiceCommands } from "./service-commands.js";
import { addResultCommands } from "./result-commands.js";
import { withResults } from "./result-options.js";
import { addCacheCommand } from "./cache-command.js";
import { pictureKinds } from "./picture-kinds.js";
import { addTaskCommands, noCache } from "./task-commands.js";

/**
 * The command line. Only the argument parser is loaded here; each command loads what it needs when it runs,
 * so that `--help` answers at once.
 */

/** Every command with its arguments and options; `run.ts` lets it read the command line. */
export const program = new Command("leader")
  .description("Zero-shot image restoration with diffusion priors: baselines, and LEADer on top of them.")
  .version(version)
  .showHelpAfterError("(leader --help lists the commands; leader <command> --help explains one)")
  .configureHelp({ sortSubcommands: false })
  .exitOverride();

const withPipeline = (command: Command): Command =>
  withReading(command.requiredOption("-p, --pipeline <file>", "pipeline file (YAML)"))
    .option("--max-memory <amount>", "memory to plan for, and to stop at, such as 800 (MiB) or 1.5G (default: 90 % of the free memory)")
    .option("--max-seconds <seconds>", "stop when one picture takes longer")
    .option("--no-cache", noCache)
    .option("--json", "machine-readable output: one JSON object per line on standard output", false);

/** How a pipeline is read. */
const withReading = (command: Command): Command =>
  command
    .option("--param <name=value>", "set a param of the pipeline, e.g. --param factor=2; repeatable", collect, [])
    .option("--set <path=value>", "change one value of the pipeline, e.g. --set scheduler.with.steps=50; repeatable", collect, [])
    .option("--no-local-plugins", "refuse code that lies with the pipeline: only the plugins of this program are used")
    .option("--locked", "refuse what differs from the `leader.lock` beside the pipeline or above, plugins before they run");

const withEngine = (command: Command): Command =>
  command
    .option("--engine <name>", "compute in parts: local (processes side by side), redis (workers of a queue), slurm, or kubernetes")
    .option("--tasks <number>", "parts (default: as many as give 5 to 10 minutes each)")
    .option("--workers <number>", "parts side by side (local: as processors and memory allow; slurm, kubernetes: the most at one time)")
    .option("--queue <address>", "of the engine redis: redis://host:6379 (default: $LEADER_QUEUE)")
    .option("--engine-option <name=value>", "for slurm: an option of sbatch; for kubernetes: image, claim, ...; repeatable", collect, []);

addTaskCommands(program);
addResultCommands(program);
addCacheCommand(program);

withResults(withEngine(withPipeline(program.command("restore"))))
  .description("restore pictures or measurements")
  .argument("<inputs...>", `pictures (${pictureKinds}), .npy measurements, or folders of them`)
  .option("--seed <number>", "seed of the noise (default: the pipeline's)")
  .option(
    "--samples <number>",
    "restorations of each input, beside which their mean and their deviation are written (default: the pipeline's)",
  )
  .option("--format <extension>", "format of the results: png, jpg, webp, tiff, avif or npy (default: png)")
  .option("--range <low..high>", "what black and white are in .npy measurements, such as 0..255 (default: -1..1)")
  .option("--image-index", "key the noise by the place among the inputs, in place of the content", false)
  .option("--reference <path>", "clean picture, or folder of clean pictures of the same names (`.measured` does not count): prints PSNR")
  .option("--print-pipeline", "write the pipeline with all that it extends, its params and --set, and compute nothing", false)
  .option("--in-process", "compute in this process (no protection against crashes of native code)", false)
  .option(
    "--debug-reference",
    "compute in the slow reference interpreter and stop at the first operation that gives NaN or infinity",
    false,
  )
  .action(async (inputs: readonly string[], options: Parameters<typeof restore>[1]) => {
    const { restore } = await import("./commands/restore.js");
    process.exitCode = await restore(inputs, options);
  });

withPipeline(program.command("degrade"))
  .description("make a measurement from a clean picture: y = A x + noise")
  .argument("<inputs...>", "clean pictures or folders of them")
  .option("-o, --output <path>", "folder for the measurements, or a file name for a single input", ".")
  .option("--seed <number>", "seed of the noise (default: the pipeline's)")
  .option("--format <extension>", "npy (default) keeps every value exactly; png, tiff round to 16 bits and clamp")
  .option("--recursive", "also what is in subfolders; measurements keep the subfolder", false)
  .option("--image-index", "key the noise by the place among the inputs, in place of the content", false)
  .option("--overwrite", "replace results that exist", false)
  .action(async (inputs: readonly string[], options: Parameters<typeof degrade>[1]) => {
    const { degrade } = await import("./commands/degrade.js");
    process.exitCode = await degrade(inputs, options);
  });

withPipeline(program.command("check"))
  .description("check a pipeline without running it: syntax, options, versions, capabilities, shapes, backend")
  .option("--size <height>x<width>", "size of the restored picture to check for", "256x256")
  .option("--no-load", "check syntax and static facts only; no plugin code runs")
  .option("--print-pipeline", "write the pipeline with all that it extends, its params and --set, and check no more", false)
  .action(async (options: Parameters<typeof check>[0]) => {
    const { check } = await import("./commands/check.js");
    process.exitCode = await check(options);
  });

withReading(program.command("explain"))
  .description("say where every value of a pipeline came from: its file, what it extends, a param, --set, or a default")
  .argument("<pipeline>", "pipeline file (YAML)")
  .option("--no-load", "leave out the defaults of stages; no plugin code runs")
  .option("--json", "machine-readable output: one JSON object per line on standard output", false)
  .action(async (pipeline: string, options: Omit<Parameters<typeof explain>[0], "pipeline">) => {
    const { explain } = await import("./commands/explain.js");
    process.exitCode = await explain({ ...options, pipeline });
  });

program
  .command("init")
  .description("write a pipeline to start from, with comments, and the schema that editors complete it with")
  .option("--task <name>", "what it does: upscale, denoise, inpaint, deblur or colorize (asked for at a terminal; default: upscale)")
  .option("-o, --output <file>", "pipeline file to write", "pipeline.yaml")
  .option("--json", "machine-readable output", false)
  .action(async (options: Parameters<typeof init>[0]) => {
    const { init } = await import("./commands/init.js");
    process.exitCode = await init(options);
  });

withPipeline(program.command("graph"))
  .description("print the graphs that a pipeline computes, with network evaluations per step")
  .option("--size <height>x<width>", "size of the restored picture", "64x64")
  .option("--phase <name>", "only init, prepare, predict, update or travel")
  .action(async (options: Parameters<typeof graph>[0]) => {
    const { graph } = await import("./commands/graph.js");
    process.exitCode = await graph(options);
  });

program
  .command("sample")
  .description("draw a picture to try things on: the landscape of the demo")
  .argument("<file>", "picture to write: PNG, JPEG, WebP, TIFF")
  .option("--size <pixels>", "its side", "96")
  .option("--seed <number>", "of its ridges, trees and clouds", "1")
  .option("--overwrite", "replace a picture that exists", false)
  .option("--json", "machine-readable output", false)
  .action(async (file: string, options: Parameters<typeof sample>[1]) => {
    const { sample } = await import("./commands/sample.js");
    process.exitCode = await sample(file, options);
  });

program
  .command("report")
  .description("write the page of a run that `restore --report FOLDER` kept, or of every run in a folder")
  .argument("<folder>", "folder of a run, or folder of such folders")
  .option("-o, --output <file>", "page to write (default: report.html beside the run)")
  .option("--json", "machine-readable output", false)
  .action(async (folder: string, options: Parameters<typeof report>[1]) => {
    const { report } = await import("./commands/report.js");
    process.exitCode = await report(folder, options);
  });

withEngine(program.command("bench"))
  .description("methods x tasks x pictures x seeds: measures what is missing, and makes the tables when nothing is")
  .requiredOption("-p, --bench <file>", "bench file (YAML)")
  .option("-o, --output <folder>", "folder of the results; a bench that was stopped goes on in the same one", "bench-results")
  .option("--quick", "the small size that the file states", false)
  .option("--shard <i/n>", "only this part of the work; all parts use the same output folder")
  .option("--images <path>", "folder of clean pictures, in place of the file's")
  .option("--without <metric>", "leave a metric out; repeatable", collect, [])
  .option("--param <name=value>", "set a param of the bench file; repeatable", collect, [])
  .option("--set <path=value>", "change one value of the bench file, e.g. --set images.limit=3; repeatable", collect, [])
  .option("--no-local-plugins", "refuse code that lies with the bench file: only the plugins of this program are used")
  .option("--max-memory <amount>", "memory that each process may use, such as 800 (MiB) or 1.5G (default: 90 % of the free memory)")
  .option("--max-seconds <seconds>", "a unit that takes longer has failed")
  .option("--retry-failed", "try failed units again, also those for which another try hardly helps", false)
  .option("--dry-run", "check the file and every pipeline, and tell how much work there is", false)
  .option("--no-check", "do not set up every pipeline before the first is measured")
  .option("--json", "machine-readable output: one JSON object per unit on standard output", false)
  .action(async (options: Parameters<typeof bench>[0]) => {
    const { bench } = await import("./commands/bench.js");
    process.exitCode = await bench(options);
  });

program
  .command("import-lpips")
  .description("turn published LPIPS weights (.npz) into a network that the bench measures with")
  .argument("<weights>", "lpips_alex_v0.1.npz or lpips_squeeze_v0.1.npz")
  .requiredOption("-o, --output <file>", "ONNX file to write")
  .option("--json", "machine-readable output", false)
  .action(async (weights: string, options: Parameters<typeof importLpips>[1]) => {
    const { importLpips } = await import("./commands/import-lpips.js");
    process.exitCode = await importLpips(weights, options);
  });

program
  .command("inspect")
  .description("say what a checkpoint or an ONNX file is: network, size, settings, names, memory")
  .argument("<file>", "checkpoint (.pt, .pth, .ckpt, .bin, .pkl, .safetensors, .npz), folder of diffusers, or ONNX file")
  .option("--size <height>x<width>", "size of the picture that the memory is told for", "256x256")
  .option("--keys", "also list every tensor", false)
  .option("--json", "machine-readable output", false)
  .action(async (file: string, options: Parameters<typeof inspect>[1]) => {
    const { inspect } = await import("./commands/inspect.js");
    process.exitCode = await inspect(file, options);
  });

program
  .command("import")
  .description("write the network of a checkpoint as an ONNX file of one image size")
  .argument("<file>", "checkpoint, or folder of diffusers")
  .requiredOption("-o, --output <file>", "ONNX file to write; weights above 2 GB go to a file beside it")
  .option("--size <height>x<width>", "size of the images", "256x256")
  .option("--head-channels <n>", "ADM: channels of an attention head")
  .option("--heads <n>", "ADM: number of attention heads")
  .option("--new-attention-order", "ADM: use_new_attention_order")
  .option("--overwrite", "replace a file that exists", false)
  .option("--json", "machine-readable output", false)
  .action(async (file: string, options: Parameters<typeof importNetwork>[1]) => {
    const { importNetwork } = await import("./commands/import.js");
    process.exitCode = await importNetwork(file, options);
  });

program
  .command("plugins")
  .description("list the stages that pipelines can use")
  .argument("[packages...]", "also these plugins, resolved from the current folder")
  .option("--no-local-plugins", "leave out the plugins that the project here depends on")
  .option("--json", "machine-readable output", false)
  .action(async (packages: readonly string[], options: Parameters<typeof plugins>[1]) => {
    const { plugins } = await import("./commands/plugins.js");
    process.exitCode = await plugins(packages, options);
  });

program
  .command("plugin")
  .description("for authors of plugins")
  .command("check")
  .description("check a built plugin as its users will meet it: conventions, its import in a process of its own, options, packing, types")
  .argument("[folder]", "folder of the package", ".")
  .option("--json", "machine-readable output", false)
  .action(async (folder: string, options: Parameters<typeof pluginCheck>[1]) => {
    const { pluginCheck } = await import("./commands/plugin-check.js");
    process.exitCode = await pluginCheck(folder, options);
  });

program
  .command("add")
  .description("say what installs a backend (tfjs, tensorflow, tensorflow-gpu, webgpu, cuda), report, server or a plugin, or install it")
  .argument("<names...>", "these names, or npm packages")
  .option("--run", "run the command instead of printing it", false)
  .option("--json", "machine-readable output", false)
  .action(async (names: readonly string[], options: Parameters<typeof add>[1]) => {
    const { add } = await import("./commands/add.js");
    process.exitCode = add(names, options);
  });

program
  .command("doctor")
  .description("try which backends and devices work on this machine, and say what the others lack")
  .argument("[packages...]", "also the backends of these plugins, resolved from the current folder")
  .option("--json", "machine-readable output", false)
  .action(async (packages: readonly string[], options: Parameters<typeof doctor>[1]) => {
    const { doctor } = await import("./commands/doctor.js");
    process.exitCode = await doctor(packages, options);
  });

program
  .command("schema")
  .description("write the JSON Schema of pipeline files, for completion in editors")
  .argument("[packages...]", "also with these plugins, resolved from the current folder")
  .option("-o, --output <file>", "file to write; standard output otherwise")
  .option("--no-local-plugins", "leave out the plugins that the project here depends on")
  .option("--bench", "the schema of bench files instead", false)
  .action(async (packages: readonly string[], options: Parameters<typeof schema>[1]) => {
    const { schema } = await import("./commands/schema.js");
    process.exitCode = await schema(packages, options);
  });

addServiceCommands(program);
