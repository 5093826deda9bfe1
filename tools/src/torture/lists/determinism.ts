import type { HostTensor } from "@leader/graph";
import { createPipeline, createPool, type Session } from "leader-restore";
import fc from "fast-check";
import { cleanPicture, operatorPipelines, restoreOne } from "../operator-pipelines.js";
import { photoPipeline, type PhotoPipelineOptions } from "../photo-stages.js";
import type { TortureList } from "../torture-list.js";

const pictures = 8;
/** Pictures that get a session of their own to compare with; the others are compared with themselves in other company. */
const fresh = 2;

function requireBits(found: HostTensor, expected: HostTensor, what: string): void {
  const at = expected.data.findIndex((value, i) => !Object.is(value, found.data[i]));
  if (at >= 0 || found.data.length !== expected.data.length)
    throw new Error(`${what}: element ${at} is ${found.data[at]}, alone it is ${expected.data[at]}`);
}

const joined = (parts: readonly HostTensor[]): HostTensor => {
  const [, ...rest] = parts[0]!.shape;
  return { shape: [parts.length, ...rest], dtype: "float32", data: Float32Array.from(parts.flatMap(({ data }) => [...data])) };
};

const part = ({ shape, data }: HostTensor, i: number): HostTensor => {
  const size = data.length / shape[0]!;
  return { shape: [1, ...shape.slice(1)], dtype: "float32", data: Float32Array.from(data.slice(i * size, (i + 1) * size)) };
};

/** Measurements, and what each is restored to alone. */
interface Known {
  readonly ys: readonly HostTensor[];
  readonly alone: readonly HostTensor[];
}

/** In one session: again, in batches, in another order, after pictures of another size. */
async function sameInSession(session: Session, { ys, alone }: Known, otherSize: HostTensor): Promise<readonly string[]> {
  for (let i = 0; i < 3; i++) requireBits(await restoreOne(session, ys[0]!, 0), alone[0]!, "repeated");
  for (const size of [2, 4, 8]) {
    const together = await restoreOne(session, joined(ys.slice(0, size)), 0);
    for (let i = 0; i < size; i++) requireBits(part(together, i), alone[i]!, `in a batch of ${size}`);
  }
  for (const i of ys.keys()) {
    const k = pictures - 1 - i;
    if (i === 3) await restoreOne(session, otherSize, 0);
    requireBits(await restoreOne(session, ys[k]!, k), alone[k]!, "in reverse order, after another size");
  }
  return ["repeated", "batches of 2, 4, 8", "another order"];
}

async function sameWith(options: PhotoPipelineOptions, { ys, alone }: Known): Promise<readonly string[]> {
  const became: string[] = [];
  for (const threads of [1, 2, 8]) {
    const pipeline = await createPipeline(...photoPipeline({ ...options, threads }));
    await using session = await pipeline.open({ isolate: false });
    for (let i = 0; i < 3; i++) requireBits(await restoreOne(session, ys[i]!, i), alone[i]!, `on ${threads} threads`);
    became.push(`${threads} threads`);
  }
  return became;
}

async function sameByWorkers(options: PhotoPipelineOptions, workers: number, { ys, alone }: Known): Promise<string> {
  const [object, rest] = photoPipeline(options);
  await using pool = await createPool(object, { ...rest, minimum: 1, maximum: workers });
  const results = await Promise.all(ys.map((y, image) => pool.restore(y, { seed: 3, image }).result));
  for (const [i, { image }] of results.entries()) requireBits(image, alone[i]!, `by ${workers} processes`);
  return `${workers} processes`;
}

/** Pipelines of which every picture must have the same bits, whatever is computed beside it and by whom. */
export const determinism: TortureList<number> = {
  name: "determinism",
  promise: "a picture has the same bits again, in a batch, in any order, on any number of threads and by any number of processes",
  cases: { quick: 1, full: operatorPipelines.length },
  // The first is one with LEADer.
  examples: operatorPipelines.map((_, i) => (i % 2 === 0 ? i + 1 : i - 1)),
  generator: fc.nat(operatorPipelines.length - 1),
  async check(index) {
    const options = { ...operatorPipelines[index]!, steps: 4 };
    const pipeline = await createPipeline(...photoPipeline(options));
    const ys = await Promise.all(Array.from({ length: pictures }, (_, image) => pipeline.degrade(cleanPicture(image), { seed: 2, image })));
    const alone: HostTensor[] = [];
    for (const [i, y] of ys.slice(0, fresh).entries()) {
      await using session = await pipeline.open({ isolate: false });
      alone.push(await restoreOne(session, y, i));
    }
    await using session = await pipeline.open({ isolate: false });
    for (const [i, y] of ys.entries()) if (i >= fresh) alone.push(await restoreOne(session, y, i));
    const known = { ys, alone };
    const otherSize = await pipeline.degrade(cleanPicture(0, 32), { seed: 9, image: 99 });
    return [
      ...(await sameInSession(session, known, otherSize)),
      ...(await sameWith(options, known)),
      await sameByWorkers(options, index % 4 < 2 ? 4 : 2, known),
    ];
  },
};
