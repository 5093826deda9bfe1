import { add, attention, concat, conv, conv1, groupNorm, linear, perChannel, pool, silu, up, type Arr, type StateDict } from "./arrays.js";

export interface DdpmCase {
  readonly ch: number;
  readonly mult: readonly number[];
  readonly B: number;
  readonly attn: readonly number[];
  readonly withConv: boolean;
}

/** The U-Net of Ho et al., restated from the specification. */
export function ddpmForward(o: DdpmCase, w: StateDict, x: Arr, t: number): Arr {
  const half = o.ch / 2;
  const e: Arr = { shape: [1, o.ch], data: new Float64Array(o.ch) };
  for (let i = 0; i < half; i++) {
    const f = Math.exp((-Math.log(10000) * i) / (half - 1));
    e.data[i] = Math.sin(t * f);
    e.data[half + i] = Math.cos(t * f);
  }
  const lin = (key: string, v: Arr, out: number): Arr => linear(v, w.get(`${key}.weight`, out, v.shape[1]!), w.get(`${key}.bias`, out));
  const emb = lin("temb.dense.1", silu(lin("temb.dense.0", e, 4 * o.ch)), 4 * o.ch);
  const gn = (key: string, v: Arr): Arr => groupNorm(v, 32, 1e-6, w.get(`${key}.weight`, v.shape[1]!), w.get(`${key}.bias`, v.shape[1]!));
  const c3 = (key: string, v: Arr, out: number, stride = 1, pads = [1, 1, 1, 1]): Arr =>
    conv(v, w.get(`${key}.weight`, out, v.shape[1]!, 3, 3), w.get(`${key}.bias`, out), stride, pads);
  const c1 = (key: string, v: Arr, out: number): Arr => conv1(v, w.get(`${key}.weight`, out, v.shape[1]!, 1, 1), w.get(`${key}.bias`, out));
  const res = (key: string, v: Arr, out: number): Arr => {
    const first = c3(`${key}.conv1`, silu(gn(`${key}.norm1`, v)), out);
    const timed = perChannel(first, lin(`${key}.temb_proj`, silu(emb), out), (a, b) => a + b);
    const h = c3(`${key}.conv2`, silu(gn(`${key}.norm2`, timed)), out);
    return add(v.shape[1] === out ? v : c1(`${key}.nin_shortcut`, v, out), h);
  };
  const attn = (key: string, v: Arr): Arr => {
    const c = v.shape[1]!;
    const n = gn(`${key}.norm`, v);
    const a = attention([c1(`${key}.q`, n, c), c1(`${key}.k`, n, c), c1(`${key}.v`, n, c)], 1, c, (_, __, j) => j);
    return add(v, c1(`${key}.proj_out`, a, c));
  };
  const L = o.mult.length;
  let h = c3("conv_in", x, o.ch);
  const pushed = [h];
  for (let i = 0; i < L; i++) {
    const width = o.mult[i]! * o.ch;
    for (let j = 0; j < o.B; j++) {
      h = res(`down.${i}.block.${j}`, h, width);
      if (o.attn.includes(i)) h = attn(`down.${i}.attn.${j}`, h);
      pushed.push(h);
    }
    if (i === L - 1) break;
    h = o.withConv ? c3(`down.${i}.downsample.conv`, h, width, 2, [0, 0, 1, 1]) : pool(h);
    pushed.push(h);
  }
  const low = o.mult[L - 1]! * o.ch;
  h = res("mid.block_2", attn("mid.attn_1", res("mid.block_1", h, low)), low);
  for (let i = L - 1; i >= 0; i--) {
    for (let j = 0; j <= o.B; j++) {
      h = res(`up.${i}.block.${j}`, concat(h, pushed.pop()!), o.mult[i]! * o.ch);
      if (o.attn.includes(i)) h = attn(`up.${i}.attn.${j}`, h);
    }
    if (i > 0) h = o.withConv ? c3(`up.${i}.upsample.conv`, up(h), o.mult[i]! * o.ch) : up(h);
  }
  return c3("conv_out", silu(gn("norm_out", h)), 3);
}
