import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { HostTensor } from "@leader/core";
import type { loadPipeline } from "leader-restore";
import { hostModule } from "./checkout.js";
import type { Walk, WalkRequest } from "./walk.js";
import { memberOf } from "@leader/graph";

/**
 * Walks the presets of one checkout with that checkout's own built code, and prints one line of JSON per walk. A process of its own: two
 * checkouts hold two copies of every module. Started by `compare-checkouts`; the request is the first argument, as JSON.
 */
const request = JSON.parse(process.argv[2]!) as WalkRequest;
const root = resolve(request.checkout);
const importFrom = async (path: string): Promise<unknown> => await import(pathToFileURL(path).href);
const host = (await importFrom(hostModule(root))) as { readonly loadPipeline: typeof loadPipeline };
const { bundledOptions } = (await importFrom(join(root, "apps/cli/dist/bundled.js"))) as {
  readonly bundledOptions: () => Promise<Parameters<typeof loadPipeline>[1]>;
};

/** A picture that is the same in every checkout: smooth waves with an edge in each channel. */
const picture = (side: number): HostTensor => ({
  shape: [1, 3, side, side],
  dtype: "float32",
  data: Float32Array.from({ length: 3 * side * side }, (_, i) => {
    const [channel, row, column] = [Math.floor(i / side ** 2), Math.floor(i / side) % side, i % side];
    const edge = row + 2 * column > side * (1 + channel / 4) ? 0.3 : -0.3;
    return 0.5 * Math.sin(row / 3 + channel) * Math.cos(column / 4 - channel) + edge;
  }),
});

/** Every bit of some tensors and of what is written of them. */
function hashOf(...values: readonly unknown[]): string {
  const hash = createHash("sha256");
  for (const value of values) {
    const data = memberOf(value, "data");
    if (ArrayBuffer.isView(data)) hash.update(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
    // Where a step began is written in another place by checkouts of another age, and the step before says it too.
    else hash.update(JSON.stringify(value ?? null, (key, inner: unknown) => (key === "from" ? undefined : inner)));
  }
  return hash.digest("hex");
}

const variants: Readonly<Record<string, readonly string[]>> = {
  plain: [`scheduler={ use: "leader#uniform", with: { steps: ${request.steps} } }`],
  leader: [
    'modulator={ use: "leader#ucpm" }',
    'uncertainty={ use: "leader#finite-difference" }',
    `scheduler={ use: "leader#satp", with: { steps: ${request.steps}, rule: paper, budget: 0.5 } }`,
  ],
};

/** `method/task` of every preset that was asked for. */
const presets = readdirSync(join(root, "presets"), { withFileTypes: true })
  .flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  .flatMap((method) => readdirSync(join(root, "presets", method)).map((file) => `${method}/${file.replace(/\.yaml$/u, "")}`))
  .filter((preset) => request.tasks.length === 0 || request.tasks.includes(preset.split("/")[1]!) || request.tasks.includes(preset))
  .sort();

async function walk(preset: string, variant: string, seed: number): Promise<Walk> {
  const name = { preset, variant, seed };
  try {
    const pipeline = await host.loadPipeline(join(root, "presets", `${preset}.yaml`), {
      ...(await bundledOptions()),
      set: [...variants[variant]!, 'backend={ use: "@leader/backend-onnx#cpu", with: { threads: 1 } }'],
    });
    const y = await pipeline.degrade(picture(request.side), { seed });
    await using session = await pipeline.open({ isolate: false });
    const record = { frames: 2 ** 20, side: request.side };
    const { image, frames = [], steps, evaluations } = await session.restore(y, { seed, record }).result;
    const hashes = frames.map((frame) => hashOf(frame.x0, frame.variance, steps[frame.step]));
    return { ...name, measurement: hashOf(y), steps: hashes, evaluations, result: hashOf(image) };
  } catch (error) {
    // A pipeline that is refused is refused in both; anything else is a fault of this program or of the checkout.
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!code.startsWith("LEADER_")) throw error;
    return { ...name, error: `${code}: ${String(memberOf(error, "message")).split("\n", 1)[0]!}` };
  }
}

for (const preset of presets) {
  for (const variant of Object.keys(variants)) {
    for (const seed of request.seeds) process.stdout.write(`${JSON.stringify(await walk(preset, variant, seed))}\n`);
  }
}
