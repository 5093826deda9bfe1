import { createPipeline, type Session } from "leader-restore";
import { noisePicture } from "../photo-pipeline.js";
import type { Job, Measured } from "./job.js";

/** One measurement of `bench:networks`, in a process of its own: what it costs from the first byte of the network on. */
const job = JSON.parse(process.argv[2] ?? "{}") as Job;

const computed = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};
const mebibytes = { peak: () => process.resourceUsage().maxRSS / 1024, now: () => process.memoryUsage.rss() / 2 ** 20 };
const baselines = { ddpm: "@leader/baseline-samplers#ddpm", dps: "@leader/baseline-dps#dps" } as const;

const measured = job.kind === "raw" ? await raw(job) : await restorations(job);
process.send?.(measured, () => process.exit());

/** The bare runtime with its own defaults: a file by its path, then evaluations. */
async function raw({ path, sizes, evaluations, threads }: Job): Promise<Measured> {
  const { InferenceSession, Tensor } = await import("onnxruntime-node");
  const start = computed();
  const session = await InferenceSession.create(path, { executionProviders: ["cpu"], intraOpNumThreads: threads, logSeverityLevel: 3 });
  const load = computed() - start;
  const [size = 256] = sizes;
  const feeds = {
    x: new Tensor("float32", noisePicture(size).data as Float32Array, [1, 3, size, size]),
    timestep: new Tensor("float32", Float32Array.of(500), []),
  };
  const steps: number[] = [];
  for (let i = 0; i < evaluations; i++) {
    const before = computed();
    await session.run(feeds);
    steps.push(computed() - before);
  }
  return { load, steps, peak: mebibytes.peak(), resident: [mebibytes.now()] };
}

/** Restorations of one session, picture size after picture size. */
async function restorations({ path, sizes, evaluations, threads, baseline }: Job): Promise<Measured> {
  const packages = ["@leader/operators", "@leader/backend-onnx", "@leader/baseline-samplers", "@leader/baseline-dps", "@leader/networks"];
  const pipeline = await createPipeline(
    {
      operator: { use: "@leader/operators#super-resolution", with: { factor: 4 } },
      baseline: { use: baselines[baseline] },
      denoiser: path.endsWith(".onnx")
        ? { use: "leader#onnx-file", with: { path } }
        : { use: "@leader/networks#checkpoint", with: { path } },
      backend: { use: "@leader/backend-onnx#cpu", with: { threads } },
      scheduler: { use: "leader#uniform", with: { steps: evaluations } },
    },
    { bundled: Object.fromEntries(packages.map((item) => [item, { url: import.meta.resolve(item) }])) },
  );
  await using session = await pipeline.open({ isolate: false });
  let [load, steps]: [number, readonly number[]] = [0, []];
  const resident: number[] = [];
  for (const size of sizes) {
    const y = await pipeline.degrade(noisePicture(size), { seed: 0 });
    [load, steps] = await one(session, y);
    resident.push(mebibytes.now());
  }
  return { load, steps, peak: mebibytes.peak(), resident };
}

/** Seconds of processor time until the first step begins (loading and compiling), and of every step. */
async function one(session: Session, y: Parameters<Session["restore"]>[0]): Promise<[number, readonly number[]]> {
  const start = computed();
  let load: number | undefined;
  let before = start;
  const steps: number[] = [];
  const run = session.restore(y);
  for await (const event of run.events) {
    if (event.type === "step-start") {
      before = computed();
      load ??= before - start;
    }
    if (event.type === "step-end") steps.push(computed() - before);
  }
  await run.result;
  return [load ?? 0, steps];
}
