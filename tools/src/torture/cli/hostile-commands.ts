/** A command that is given what asks for much. */
export interface HostileCommand {
  readonly what: string;
  readonly args: readonly string[];
  /** Inputs that are made for it. */
  readonly needs: readonly string[];
  /** It serves until it is told to stop: when it says this, and from then on it is watched. */
  readonly serving?: RegExp;
  /** It found fault with what it was given: an answer without a code of an error. */
  readonly finding?: RegExp;
}

const command = (what: string, needs: readonly string[], ...args: readonly string[]): HostileCommand => ({ what, needs, args });
const limited = ["--max-memory", "500"] as const;
const soon = [...limited, "--max-seconds", "20"] as const;
const overwriting = ["-o", "out", "--overwrite"] as const;
const nodes = ["nodes.yaml", "nodes.onnx"] as const;
const folds = ["folds.yaml", "folds.onnx"] as const;
const blocks = ["blocks.yaml", "blocks.js"] as const;

/** The first few are tried with the tests: a text, a network, a picture. */
export const hostileCommands: readonly HostileCommand[] = [
  command("a text of 1 MiB", ["long.yaml"], "check", "-p", "long.yaml"),
  command("a network that folds", folds, "restore", "-p", "folds.yaml", "in", ...overwriting, ...limited),
  command("9999 x 9999", ["huge.png"], "degrade", "-p", "p.yaml", "huge.png", ...overwriting, ...limited),
  command("a network of 300,000 nodes", nodes, "restore", "-p", "nodes.yaml", "in", ...overwriting, ...soon),
  command("9999 x 9999", ["huge.png"], "restore", "-p", "p.yaml", "huge.png", ...overwriting, ...limited),
  command("512 MiB that begin as a network", ["huge.onnx"], "inspect", "huge.onnx"),
  command("18,000 question marks", ["questions.yaml"], "check", "-p", "questions.yaml"),
  command("an alias of itself", ["alias.yaml"], "check", "-p", "alias.yaml"),
  command("a network of 300,000 nodes", nodes, "check", "-p", "nodes.yaml", "--size", "8x8", ...limited),
  command("a network that folds", folds, "check", "-p", "folds.yaml", "--size", "8x8", ...limited),
  command("a text of 1 MiB", ["long.yaml"], "check", "-p", "long.yaml", "--print-pipeline"),
  command("a text of 1 MiB", ["long.yaml"], "explain", "long.yaml"),
  command("4,800 numbers", ["kernel.yaml"], "explain", "kernel.yaml", "--no-load"),
  command("a network of 20,000 nodes", ["wide.yaml", "wide.onnx"], "graph", "-p", "wide.yaml", "--size", "8x8"),
  command("a network that folds", folds, "graph", "-p", "folds.yaml", "--size", "8x8", ...limited),
  command("a plugin that blocks", blocks, "restore", "-p", "blocks.yaml", "in", ...overwriting, "--max-seconds", "1"),
  command("20,000 pictures", ["many"], "restore", "-p", "p.yaml", "many", ...overwriting, "--shard", "1/20001"),
  command("20,000 pictures", ["many"], "degrade", "-p", "p.yaml", "many", ...overwriting),
  command("20,000 references", ["many"], "restore", "-p", "p.yaml", "many", ...overwriting, "--reference", "many", "--shard", "1/20001"),
  command("a journal of 64 MiB", ["journal"], "restore", "-p", "p.yaml", "in", "-o", "journal", "--overwrite"),
  command("a journal of one line of 256 MiB", ["long-line"], "restore", "-p", "p.yaml", "in", "-o", "long-line", "--overwrite"),
  command("an array of 768 MiB in a folder", ["array"], "restore", "-p", "p.yaml", "array", ...overwriting, ...limited),
  command(
    "9999 x 9999 as a reference",
    ["huge.png"],
    "restore",
    "-p",
    "p.yaml",
    "in",
    ...overwriting,
    "--reference",
    "huge.png",
    ...limited,
  ),
  command("9999 x 9999", ["huge.png"], "upscale", "huge.png", ...overwriting, ...limited),
  command("9999 x 9999", ["huge.png"], "denoise", "huge.png", ...overwriting, ...limited),
  command("9999 x 9999 as a mask", ["huge.png"], "inpaint", "in/p0.png", "--mask", "huge.png", ...overwriting, ...limited),
  command("9999 x 9999 as a kernel", ["huge.png"], "deblur", "in/p0.png", "--kernel", "huge.png", ...overwriting, ...limited),
  command("9999 x 9999", ["huge.png"], "colorize", "huge.png", ...overwriting, ...limited),
  command("9999 x 9999", ["huge.png"], "reproduce", "huge.png"),
  command("a record of 64 MiB", ["record.png", "record.png.json"], "reproduce", "record.png"),
  command("a run of 64 MiB", ["runs"], "report", "runs"),
  command("9999 x 9999", ["huge.png", "huge-bench.yaml"], "bench", "-p", "huge-bench.yaml", "-o", "benched", ...limited),
  command("a network that folds", ["folds.onnx", "folds-bench.yaml"], "bench", "-p", "folds-bench.yaml", "-o", "folded", ...limited),
  command("a text of 1 MiB", ["long-bench.yaml"], "bench", "-p", "long-bench.yaml", "-o", "long", ...limited),
  command("480 MiB, packed", ["bomb.npz"], "import-lpips", "bomb.npz", "-o", "lpips.onnx"),
  command("480 MiB, packed", ["bomb.npz"], "inspect", "bomb.npz"),
  command("a header of 64 MiB", ["weights.safetensors"], "inspect", "weights.safetensors", "--keys"),
  command("a header of 64 MiB", ["weights.safetensors"], "import", "weights.safetensors", "-o", "weights.onnx"),
  command("the largest picture", [], "sample", "sample.png", "--size", "512", "--overwrite"),
  command("a lock of 64 MiB", ["leader.lock"], "lock", "p.yaml", "-o", "leader.lock"),
  command("a plugin that blocks", blocks, "plugins", "./blocks.js"),
  command("a plugin that blocks", blocks, "schema", "./blocks.js"),
  command("a plugin that blocks", blocks, "doctor", "./blocks.js"),
  {
    ...command("a manifest of 32 MiB, and an import that blocks", ["plugin"], "plugin", "check", "plugin"),
    finding: /^error: importing it did not end/mu,
  },
  command("nothing", [], "cache", "list"),
  command("nothing", [], "init", "-o", "begun.yaml"),
  command("nothing", [], "add", "tfjs"),
  { ...command("keys of 1 MiB", ["keys"], "serve", "--port", "0", "--keys", "keys"), serving: /listening on/u },
];
