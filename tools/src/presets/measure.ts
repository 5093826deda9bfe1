import { defined, type HostTensor } from "@leader/graph";
import { psnr, type LpipsMetric } from "@leader/metrics";
import type { Pipeline } from "leader-restore";

/** Means over the pictures of what a picture is worth as a restoration; `undefined` where it is no picture of the size. */
export interface Worth {
  readonly psnr: number;
  readonly lpips?: number;
}

/** A preset on all pictures, beside what costs nothing. */
export interface PresetRow {
  readonly method: string;
  readonly task: string;
  readonly restored: Worth;
  readonly pinv: Worth;
  /** The measurement itself, stretched to the picture's size; absent where it is no picture. */
  readonly measurement?: Worth;
  readonly evaluations: number;
  /** Why it is worth less than what costs nothing, as its file says. */
  readonly reason?: string;
}

const quality = psnr();

/** Restores every picture with a preset and measures the result, the pseudo-inverse and the measurement. */
export async function measurePreset(
  { method, task }: Pick<PresetRow, "method" | "task">,
  pipeline: Pipeline,
  pictures: readonly HostTensor[],
  perceptual: LpipsMetric | undefined,
): Promise<PresetRow> {
  const worth = async (image: HostTensor, clean: HostTensor): Promise<Worth> => ({
    psnr: await quality.measure(image, clean),
    ...defined({ lpips: await perceptual?.measure(image, clean) }),
  });
  await using session = await pipeline.open({ isolate: false });
  const rows: (Pick<PresetRow, "restored" | "pinv" | "measurement"> & { readonly evaluations: number })[] = [];
  for (const [image, clean] of pictures.entries()) {
    const y = await pipeline.degrade(clean, { seed: 0, image });
    const { image: restored, evaluations } = await session.restore(y, { image }).result;
    const seen = asPicture(y, clean.shape);
    rows.push({
      restored: await worth(restored, clean),
      pinv: await worth(await pipeline.pinv(y), clean),
      ...(seen === undefined ? {} : { measurement: await worth(seen, clean) }),
      evaluations,
    });
  }
  const measured = rows.flatMap(({ measurement }) => measurement ?? []);
  return {
    method,
    task,
    restored: meanOf(rows.map(({ restored }) => restored)),
    pinv: meanOf(rows.map(({ pinv }) => pinv)),
    ...(measured.length === rows.length ? { measurement: meanOf(measured) } : {}),
    evaluations: mean(rows.map(({ evaluations }) => evaluations)),
  };
}

/** A measurement as a picture of a shape: every pixel repeated, one channel as three; undefined for what is no picture. */
function asPicture({ shape, data }: HostTensor, to: readonly number[]): HostTensor | undefined {
  const [, channels = 1, h = 0, w = 0] = shape;
  const [n = 1, wanted = 1, height = 0, width = 0] = to;
  if (shape.length !== 4 || h * width !== w * height || (channels !== 1 && channels !== wanted)) return undefined;
  const result = new Float32Array(wanted * height * width);
  for (let i = 0; i < result.length; i++) {
    const [c, row, column] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    result[i] = data[((channels === 1 ? 0 : c) * h + Math.floor((row * h) / height)) * w + Math.floor((column * w) / width)]!;
  }
  return { shape: [n, wanted, height, width], dtype: "float32", data: result };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

function meanOf(all: readonly Worth[]): Worth {
  const perceptual = all.flatMap(({ lpips }) => lpips ?? []);
  return { psnr: mean(all.map(({ psnr: value }) => value)), ...(perceptual.length === 0 ? {} : { lpips: mean(perceptual) }) };
}
