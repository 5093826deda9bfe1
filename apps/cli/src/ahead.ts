import { fileURLToPath } from "node:url";
import { startAhead } from "leader-restore/ahead";

/** Commands that a working process computes for. */
const commands: readonly string[] = [
  "restore",
  "degrade",
  "check",
  "graph",
  "explain",
  "upscale",
  "denoise",
  "inpaint",
  "deblur",
  "colorize",
  "report",
  "inspect",
  "import",
  "import-lpips",
  "sample",
  "cache",
  "lock",
  "reproduce",
  "plugins",
];
/** Options with which it does not. */
const without: readonly string[] = ["--help", "-h", "--in-process", "--debug-reference", "--engine"];

// Every process of the command inherits it.
if (process.argv.includes("--no-cache")) process.env["LEADER_CACHE"] = "off";

// Before the command line is read: the process loads for as long as that takes several times over.
const [command, ...options] = process.argv.slice(2);
if (command !== undefined && commands.includes(command) && !options.some((option) => without.includes(option.split("=", 1)[0]!)))
  startAhead(fileURLToPath(new URL("./worker/main.js", import.meta.url)));
