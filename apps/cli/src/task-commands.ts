import type { Command } from "commander";
import type { TaskCommandOptions } from "./commands/task.js";
import { fidelityText } from "./fidelity-text.js";
import { pictureKinds } from "./picture-kinds.js";
import { withResults } from "./result-options.js";

/** The commands for photographs: one task each, no pipeline file. Only their options are here; what they do is loaded when they run. */

const inputs = `pictures (${pictureKinds}), folders of them, or patterns such as "in/*.jpg"`;

/** What `--no-cache` does, which `ahead.ts` sees to before a process is started. */
export const noCache = "use nothing that earlier commands have kept, and keep nothing (as LEADER_CACHE=off)";

function common(command: Command): Command {
  command
    .argument("<inputs...>", inputs)
    .option("--quality <level>", "how much is computed: draft, normal or best", "normal")
    .option("--seed <number>", "seed of the noise; the same picture and seed give the same bytes", "0")
    .option("--samples <number>", "restorations of each picture, beside which their mean and their deviation are written")
    .option("--format <extension>", "format of the results: png, jpg, webp, tiff or avif (default: that of each input)");
  return withResults(command)
    .option("--print-pipeline", "write the pipeline as YAML to standard output, and compute nothing", false)
    .option("--max-memory <amount>", "memory to plan for, and to stop at, such as 800 (MiB) or 1.5G (default: 90 % of the free memory)")
    .option("--max-seconds <seconds>", "stop when one picture takes longer")
    .option("--no-cache", noCache)
    .option("--json", "machine-readable output: one JSON object per line on standard output", false);
}

const noise = "standard deviation of the noise for pictures in [0,1], such as 0.1 (25 of 255), or auto: estimated from each picture";

const fidelity = (usual: string) => ["--fidelity <0..1>", fidelityText, usual] as const;

/** Adds the five commands. */
export function addTaskCommands(program: Command): void {
  const add = (name: TaskCommandOptions["task"], description: string, example: string): Command => {
    const command = program.command(name).description(description).addHelpText("after", `\nExample:\n  ${example}\n`);
    return common(command).action(async (paths: readonly string[], options: TaskCommandOptions) => {
      const { runTask } = await import("./commands/task.js");
      process.exitCode = await runTask(paths, { ...options, task: name });
    });
  };
  add("upscale", "enlarge pictures", "leader upscale photo.jpg -x 4 -o photo-large.png")
    .option("-x, --factor <number>", "how many times larger, per side", "4")
    .option(...fidelity("0.75"))
    .option("--noise <level>", noise, "0");
  add(
    "denoise",
    "remove noise from pictures; how strong it is, is estimated",
    "leader denoise photo.jpg --quality best -o clean.png",
  ).option("--noise <level>", `${noise}; two of them, such as 0.02..0.1, where it grows from black to white`, "auto");
  add(
    "inpaint",
    "fill holes: black or transparent parts of a mask, or else the transparent parts of the pictures themselves",
    "leader inpaint photo.png --mask holes.png -o filled.png",
  )
    .option("--mask <picture>", "a picture of the same size: black or transparent means hole, white means keep")
    .option("--invert-mask", "white means hole, black means keep", false)
    .option(...fidelity("1"));
  add("deblur", "sharpen pictures whose blur is known", "leader deblur photo.jpg --gaussian 1.6 -o sharp.png")
    .option("--kernel <picture>", "picture (or .npy) of the blur of one point of light; its middle is row and column floor((size - 1) / 2)")
    .option("--gaussian <pixels>", "standard deviation of a Gaussian blur")
    .option(...fidelity("0.75"))
    .option("--noise <level>", noise, "0.01");
  add("colorize", "colour grey pictures", "leader colorize old.jpg -o coloured.png");
}
