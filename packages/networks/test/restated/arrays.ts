/** Float64 arrays and the few operations that the networks' specifications name, written without the graph language. */
import { normals } from "@leader/core";

export interface Arr {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
export const arr = (shape: readonly number[], f: (i: number) => number): Arr => ({
  shape,
  data: new Float64Array(sizeOf(shape)).map((_, i) => f(i)),
});
export const map = (x: Arr, f: (value: number, i: number) => number): Arr => ({ shape: x.shape, data: x.data.map(f) });
export const silu = (x: Arr): Arr => map(x, (v) => v / (1 + Math.exp(-v)));
export const relu = (x: Arr): Arr => map(x, (v) => Math.max(0, v));
export const scale = (x: Arr, s: number): Arr => map(x, (v) => v * s);
export const add = (a: Arr, b: Arr): Arr => map(a, (v, i) => v + b.data[i]!);
export const random = (name: string, shape: readonly number[], spread = 1): Arr => {
  // Rounded to float32 like the weights of a file.
  const values = new Float32Array(normals({ seed: 11, image: 0, step: 0, name }, sizeOf(shape))).map((v) => v * spread);
  return { shape, data: new Float64Array(values) };
};

/** Weights by key, drawn when first asked for: what a forward pass asks for is the state dict. */
export class StateDict {
  readonly entries = new Map<string, Arr>();

  get(key: string, ...shape: number[]): Arr {
    const known = this.entries.get(key);
    if (known !== undefined) return known;
    const fan = shape.length > 1 ? sizeOf(shape.slice(1)) : 1;
    const drawn = random(key, shape, shape.length > 1 ? 1 / Math.sqrt(fan) : 0.1);
    const made = shape.length === 1 && key.endsWith("weight") ? map(drawn, (v) => Math.fround(1 + v)) : drawn;
    this.entries.set(key, made);
    return made;
  }
}

/** Convolution of [N,C,H,W]; pads: top, left, bottom, right. */
export function conv(x: Arr, w: Arr, bias: Arr | undefined, stride = 1, pads: readonly number[] = [1, 1, 1, 1], groups = 1): Arr {
  const [n, c, h, wd] = x.shape as [number, number, number, number];
  const [out, per, kh, kw] = w.shape as [number, number, number, number];
  const [oh, ow] = [Math.floor((h + pads[0]! + pads[2]! - kh) / stride) + 1, Math.floor((wd + pads[1]! + pads[3]! - kw) / stride) + 1];
  const y = new Float64Array(n * out * oh * ow);
  const [image, weights] = [x.data, w.data];
  for (let b = 0; b < n; b++)
    for (let o = 0; o < out; o++) {
      const group = Math.floor(o / (out / groups));
      for (let i = 0; i < per; i++) {
        const plane = (b * c + group * per + i) * h * wd;
        for (let ky = 0; ky < kh; ky++)
          for (let kx = 0; kx < kw; kx++) {
            const weight = weights[((o * per + i) * kh + ky) * kw + kx]!;
            // The columns whose source lies inside of the image.
            const shift = kx - pads[1]!;
            const [first, end] = [Math.ceil(Math.max(0, -shift) / stride), Math.min(ow, Math.floor((wd - 1 - shift) / stride) + 1)];
            for (let r = 0; r < oh; r++) {
              const row = r * stride + ky - pads[0]!;
              if (row < 0 || row >= h) continue;
              const [to, from] = [((b * out + o) * oh + r) * ow, plane + row * wd + shift];
              for (let q = first; q < end; q++) y[to + q]! += weight * image[from + q * stride]!;
            }
          }
      }
      if (bias !== undefined) for (let p = 0; p < oh * ow; p++) y[(b * out + o) * oh * ow + p]! += bias.data[o]!;
    }
  return { shape: [n, out, oh, ow], data: y };
}

export function groupNorm(x: Arr, groups: number, epsilon: number, weight: Arr, bias: Arr): Arr {
  const [n, c] = x.shape as [number, number];
  const pixels = sizeOf(x.shape.slice(2));
  const per = (c / groups) * pixels;
  const y = new Float64Array(x.data.length);
  for (let g = 0; g < n * groups; g++) {
    const part = x.data.subarray(g * per, (g + 1) * per);
    const mean = part.reduce((a, b) => a + b, 0) / per;
    const variance = part.reduce((a, b) => a + (b - mean) ** 2, 0) / per;
    part.forEach((v, i) => {
      const channel = (g % groups) * (c / groups) + Math.floor(i / pixels);
      y[g * per + i] = ((v - mean) / Math.sqrt(variance + epsilon)) * weight.data[channel]! + bias.data[channel]!;
    });
  }
  return { shape: x.shape, data: y };
}

/** y = W x + b for rows [N, in]. */
export function linear(x: Arr, w: Arr, b?: Arr): Arr {
  const [n, inputs] = x.shape as [number, number];
  const out = w.shape[0]!;
  return arr([n, out], (i) => {
    const [row, o] = [Math.floor(i / out), i % out];
    let sum = b?.data[o] ?? 0;
    for (let k = 0; k < inputs; k++) sum += w.data[o * inputs + k]! * x.data[row * inputs + k]!;
    return sum;
  });
}

/** A map between channels at every pixel; w has [out, in] and any ones behind. */
export const conv1 = (x: Arr, w: Arr, b?: Arr): Arr =>
  conv(x, { shape: [w.shape[0]!, w.shape[1]!, 1, 1], data: w.data }, b, 1, [0, 0, 0, 0]);

export function up(x: Arr): Arr {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return arr([n, c, 2 * h, 2 * w], (i) => {
    const [plane, rest] = [Math.floor(i / (4 * h * w)), i % (4 * h * w)];
    return x.data[plane * h * w + Math.floor(Math.floor(rest / (2 * w)) / 2) * w + Math.floor((rest % (2 * w)) / 2)]!;
  });
}

export function pool(x: Arr): Arr {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  return arr([n, c, h / 2, w / 2], (i) => {
    const [plane, rest] = [Math.floor(i / ((h * w) / 4)), i % ((h * w) / 4)];
    const at = plane * h * w + 2 * Math.floor(rest / (w / 2)) * w + 2 * (rest % (w / 2));
    return (x.data[at]! + x.data[at + 1]! + x.data[at + w]! + x.data[at + w + 1]!) / 4;
  });
}

/** Joins images on channels. */
export function concat(a: Arr, b: Arr): Arr {
  const [n, ca, h, w] = a.shape as [number, number, number, number];
  const cb = b.shape[1]!;
  const data = new Float64Array(a.data.length + b.data.length);
  for (let i = 0; i < n; i++) {
    data.set(a.data.subarray(i * ca * h * w, (i + 1) * ca * h * w), i * (ca + cb) * h * w);
    data.set(b.data.subarray(i * cb * h * w, (i + 1) * cb * h * w), (i * (ca + cb) + ca) * h * w);
  }
  return { shape: [n, ca + cb, h, w], data };
}

/** Adds one number per image and channel. */
export function perChannel(x: Arr, k: Arr, f: (value: number, k: number) => number, offset = 0): Arr {
  const [, c] = x.shape as [number, number];
  const pixels = sizeOf(x.shape.slice(2));
  const columns = k.shape[1]!;
  return map(x, (v, i) => {
    const row = Math.floor(i / pixels);
    const image = k.shape[0] === 1 ? 0 : Math.floor(row / c);
    return f(v, k.data[image * columns + offset + (row % c)]!);
  });
}

/** softmax over keys of q . k / sqrt(d), times v. `channel(part, head, j)`: where the j-th channel of a head's q, k or v lies. */
export function attention(
  sources: readonly [Arr, Arr, Arr],
  heads: number,
  channels: number,
  channel: (part: 0 | 1 | 2, head: number, j: number) => number,
): Arr {
  const [n, , h, w] = sources[0].shape as [number, number, number, number];
  const [T, d] = [h * w, channels / heads];
  const y = new Float64Array(n * channels * T);
  for (let b = 0; b < n; b++)
    for (let head = 0; head < heads; head++) {
      const at = (part: 0 | 1 | 2, j: number, t: number): number =>
        sources[part].data[(b * sources[part].shape[1]! + channel(part, head, j)) * T + t]!;
      for (let t = 0; t < T; t++) {
        const scores = Float64Array.from({ length: T }, (_, s) => {
          let sum = 0;
          for (let j = 0; j < d; j++) sum += at(0, j, t) * at(1, j, s);
          return sum / Math.sqrt(d);
        });
        const most = Math.max(...scores);
        const weights = scores.map((s) => Math.exp(s - most));
        const total = weights.reduce((a, c) => a + c, 0);
        for (let j = 0; j < d; j++) {
          let sum = 0;
          for (let s = 0; s < T; s++) sum += weights[s]! * at(2, j, s);
          y[(b * channels + head * d + j) * T + t] = sum / total;
        }
      }
    }
  return { shape: [n, channels, h, w], data: y };
}
