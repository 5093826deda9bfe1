import {
  add,
  attention,
  concat,
  conv,
  conv1,
  groupNorm,
  linear,
  map,
  perChannel,
  pool,
  silu,
  up,
  type Arr,
  type StateDict,
} from "./arrays.js";

/** Flags of guided-diffusion, restated from the specification. */
export interface AdmCase {
  readonly C: number;
  readonly mult: readonly number[];
  readonly B: number;
  /** Levels with attention. */
  readonly attn: readonly number[];
  readonly out: number;
  readonly classes?: number;
  readonly updown: boolean;
  readonly scaleShift: boolean;
  readonly headChannels?: number;
  readonly heads?: number;
  readonly newOrder: boolean;
}

export function admForward(o: AdmCase, w: StateDict, x: Arr, t: number, label?: number): Arr {
  const { C } = o;
  const E = 4 * C;
  const half = C / 2;
  const e: Arr = { shape: [1, C], data: new Float64Array(C) };
  for (let i = 0; i < half; i++) {
    const f = Math.exp((-Math.log(10000) * i) / half);
    e.data[i] = Math.cos(t * f);
    e.data[half + i] = Math.sin(t * f);
  }
  const lin = (key: string, v: Arr, out: number): Arr => linear(v, w.get(`${key}.weight`, out, v.shape[1]!), w.get(`${key}.bias`, out));
  let emb = lin("time_embed.2", silu(lin("time_embed.0", e, E)), E);
  if (o.classes !== undefined) {
    const table = w.get("label_emb.weight", o.classes, E);
    if (label !== undefined) emb = map(emb, (v, i) => v + table.data[label * E + i]!);
  }
  const gn = (key: string, v: Arr): Arr => groupNorm(v, 32, 1e-5, w.get(`${key}.weight`, v.shape[1]!), w.get(`${key}.bias`, v.shape[1]!));
  const c3 = (key: string, v: Arr, out: number, stride = 1): Arr =>
    conv(v, w.get(`${key}.weight`, out, v.shape[1]!, 3, 3), w.get(`${key}.bias`, out), stride);
  const res = (key: string, v: Arr, out: number, how: (a: Arr) => Arr = (a) => a): Arr => {
    let h = c3(`${key}.in_layers.2`, how(silu(gn(`${key}.in_layers.0`, v))), out);
    const k = lin(`${key}.emb_layers.1`, silu(emb), o.scaleShift ? 2 * out : out);
    if (o.scaleShift) {
      const normal = gn(`${key}.out_layers.0`, h);
      h = perChannel(
        perChannel(normal, k, (a, b) => a * (1 + b)),
        k,
        (a, b) => a + b,
        out,
      );
    } else
      h = gn(
        `${key}.out_layers.0`,
        perChannel(h, k, (a, b) => a + b),
      );
    h = c3(`${key}.out_layers.3`, silu(h), out);
    const s = how(v);
    return add(
      v.shape[1] === out
        ? s
        : conv1(s, w.get(`${key}.skip_connection.weight`, out, v.shape[1]!, 1, 1), w.get(`${key}.skip_connection.bias`, out)),
      h,
    );
  };
  const attn = (key: string, v: Arr): Arr => {
    const c = v.shape[1]!;
    const heads = o.headChannels === undefined ? (o.heads ?? 1) : c / o.headChannels;
    const d = c / heads;
    const qkv = conv1(gn(`${key}.norm`, v), w.get(`${key}.qkv.weight`, 3 * c, c, 1), w.get(`${key}.qkv.bias`, 3 * c));
    const channel = (part: number, head: number, j: number): number => (o.newOrder ? part * c + head * d + j : head * 3 * d + part * d + j);
    const a = attention([qkv, qkv, qkv], heads, c, channel);
    return add(v, conv1(a, w.get(`${key}.proj_out.weight`, c, c, 1), w.get(`${key}.proj_out.bias`, c)));
  };
  const L = o.mult.length;
  const width = (l: number): number => Math.trunc(o.mult[l]! * C);
  let h = c3("input_blocks.0.0", x, width(0));
  const pushed = [h];
  for (let l = 0; l < L; l++) {
    for (let b = 0; b < o.B; b++) {
      const key = `input_blocks.${pushed.length}`;
      h = res(`${key}.0`, h, width(l));
      if (o.attn.includes(l)) h = attn(`${key}.1`, h);
      pushed.push(h);
    }
    if (l === L - 1) break;
    const key = `input_blocks.${pushed.length}.0`;
    h = o.updown ? res(key, h, width(l), pool) : c3(`${key}.op`, h, width(l), 2);
    pushed.push(h);
  }
  h = res("middle_block.2", attn("middle_block.1", res("middle_block.0", h, width(L - 1))), width(L - 1));
  for (let l = L - 1, k = 0; l >= 0; l--) {
    for (let b = 0; b <= o.B; b++, k++) {
      const key = `output_blocks.${k}`;
      h = res(`${key}.0`, concat(h, pushed.pop()!), width(l));
      if (o.attn.includes(l)) h = attn(`${key}.1`, h);
      if (l > 0 && b === o.B) {
        const last = `${key}.${o.attn.includes(l) ? 2 : 1}`;
        h = o.updown ? res(last, h, width(l), up) : c3(`${last}.conv`, up(h), width(l));
      }
    }
  }
  return c3("out.2", silu(gn("out.0", h)), o.out);
}
