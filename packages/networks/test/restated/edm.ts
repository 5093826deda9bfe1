import {
  add,
  arr,
  attention,
  concat,
  conv,
  conv1,
  groupNorm,
  linear,
  map,
  perChannel,
  scale,
  silu,
  type Arr,
  type StateDict,
} from "./arrays.js";

export interface EdmCase {
  readonly kind: "SongUNet" | "DhariwalUNet";
  readonly precond: "EDMPrecond" | "VPPrecond" | "VEPrecond" | "iDDPMPrecond";
  readonly resolution: number;
  readonly C: number;
  readonly mult: readonly number[];
  readonly blocks: number;
  readonly attn: readonly number[];
  readonly fourier?: boolean;
  readonly encoder?: "standard" | "residual" | "skip";
  readonly decoder?: "standard" | "skip";
  readonly filter: readonly number[];
  readonly classes?: number;
}

/** Zeros between pixels, then the filter of gain 4: the transposed convolution of stride 2. */
function upFir(x: Arr, f: readonly number[]): Arr {
  const [n, c, h, w] = x.shape as [number, number, number, number];
  const [sum, pad, k] = [f.reduce((a, b) => a + b, 0), Math.floor((f.length - 1) / 2), f.length];
  const [oh, ow] = [(h - 1) * 2 + k - 2 * pad, (w - 1) * 2 + k - 2 * pad];
  const y = arr([n, c, oh, ow], () => 0);
  for (let p = 0; p < n * c; p++)
    for (let r = 0; r < h; r++)
      for (let q = 0; q < w; q++)
        for (let a = 0; a < k; a++)
          for (let b = 0; b < k; b++) {
            const [row, col] = [2 * r + a - pad, 2 * q + b - pad];
            if (row < 0 || row >= oh || col < 0 || col >= ow) continue;
            y.data[(p * oh + row) * ow + col]! += ((4 * f[a]! * f[b]!) / sum ** 2) * x.data[(p * h + r) * w + q]!;
          }
  return y;
}

function downFir(x: Arr, f: readonly number[], pad = Math.floor((f.length - 1) / 2)): Arr {
  const [c, sum] = [x.shape[1]!, f.reduce((a, b) => a + b, 0)];
  const kernel = arr([c, 1, f.length, f.length], (i) => (f[Math.floor(i / f.length) % f.length]! * f[i % f.length]!) / sum ** 2);
  return conv(x, kernel, undefined, 2, [pad, pad, pad, pad], c);
}

function network(o: EdmCase, w: StateDict, x: Arr, noise: number, labels?: readonly number[]): Arr {
  const song = o.kind === "SongUNet";
  const E = 4 * o.C;
  const N = o.fourier === true ? 2 * o.C : o.C;
  const e: Arr = { shape: [1, N], data: new Float64Array(N) };
  const freqs = o.fourier === true ? w.get("model.map_noise.freqs", N / 2) : undefined;
  for (let i = 0; i < N / 2; i++) {
    const angle = freqs === undefined ? noise * (1 / 10000) ** (i / (N / 2 - (song ? 1 : 0))) : 2 * Math.PI * noise * freqs.data[i]!;
    e.data[song ? N / 2 + i : i] = Math.cos(angle);
    e.data[song ? i : N / 2 + i] = Math.sin(angle);
  }
  const lin = (key: string, v: Arr, out: number): Arr =>
    linear(v, w.get(`model.${key}.weight`, out, v.shape[1]!), w.get(`model.${key}.bias`, out));
  const hot = o.classes === undefined ? undefined : arr([1, o.classes], (i) => labels?.[i] ?? 0);
  let start = e;
  if (hot !== undefined && song) start = add(e, lin("map_label", scale(hot, Math.sqrt(o.classes!)), N));
  let emb = lin("map_layer1", silu(lin("map_layer0", start, E)), E);
  if (hot !== undefined && !song) emb = add(emb, linear(hot, w.get("model.map_label.weight", E, o.classes!)));
  emb = silu(emb);
  const eps = song ? 1e-6 : 1e-5;
  const gn = (key: string, v: Arr): Arr => {
    const c = v.shape[1]!;
    return groupNorm(v, Math.min(32, Math.floor(c / 4)), eps, w.get(`model.${key}.weight`, c), w.get(`model.${key}.bias`, c));
  };
  const c3 = (key: string, v: Arr, out: number): Arr =>
    conv(v, w.get(`model.${key}.weight`, out, v.shape[1]!, 3, 3), w.get(`model.${key}.bias`, out));
  const c1 = (key: string, v: Arr, out: number): Arr =>
    conv1(v, w.get(`model.${key}.weight`, out, v.shape[1]!, 1, 1), w.get(`model.${key}.bias`, out));
  const s = song ? Math.SQRT1_2 : 1;
  const block = (key: string, v: Arr, out: number, attends: boolean, how?: "up" | "down"): Arr => {
    const resample = (a: Arr): Arr => {
      if (how === undefined) return a;
      w.get(`model.${key}.conv0.resample_filter`, 1, 1, o.filter.length, o.filter.length);
      return how === "up" ? upFir(a, o.filter) : downFir(a, o.filter);
    };
    let h = c3(`${key}.conv0`, resample(silu(gn(`${key}.norm0`, v))), out);
    const k = lin(`${key}.affine`, emb, song ? out : 2 * out);
    if (song)
      h = gn(
        `${key}.norm1`,
        perChannel(h, k, (a, b) => a + b),
      );
    else
      h = perChannel(
        perChannel(gn(`${key}.norm1`, h), k, (a, b) => a * (1 + b)),
        k,
        (a, b) => a + b,
        out,
      );
    h = c3(`${key}.conv1`, silu(h), out);
    const same = resample(v);
    const projects = v.shape[1] !== out || (song && how !== undefined);
    let y = scale(add(h, projects ? c1(`${key}.skip`, same, out) : same), s);
    if (attends) {
      const heads = song ? 1 : out / 64;
      const d = out / heads;
      const qkv = c1(`${key}.qkv`, gn(`${key}.norm2`, y), 3 * out);
      const a = attention([qkv, qkv, qkv], heads, out, (part, head, j) => (head * d + j) * 3 + part);
      y = scale(add(c1(`${key}.proj`, a, out), y), s);
    }
    return y;
  };
  const L = o.mult.length;
  const pushed: Arr[] = [];
  let [h, aux] = [x, x];
  let width = song ? o.C : o.C * o.mult[0]!;
  for (let l = 0; l < L; l++) {
    const r = o.resolution >> l;
    const name = `enc.${r}x${r}`;
    h = l === 0 ? c3(`${name}_conv`, h, width) : block(`${name}_down`, h, width, false, "down");
    if (l > 0 && o.encoder === "residual") {
      const pad = 1 + Math.floor((o.filter.length - 1) / 2);
      const wide = conv(aux, w.get(`model.${name}_aux_residual.weight`, width, aux.shape[1]!, 3, 3), undefined, 1, [pad, pad, pad, pad]);
      const bias = w.get(`model.${name}_aux_residual.bias`, width);
      const small = perChannel(downFir(wide, o.filter, 0), { shape: [1, width], data: bias.data }, (a, b) => a + b);
      aux = h = scale(add(h, small), Math.SQRT1_2);
    }
    if (l > 0 && o.encoder === "skip") {
      aux = downFir(aux, o.filter);
      h = add(h, c1(`${name}_aux_skip`, aux, width));
    }
    pushed.push(h);
    width = o.mult[l]! * o.C;
    for (let b = 0; b < o.blocks; b++) pushed.push((h = block(`${name}_block${b}`, h, width, o.attn.includes(l))));
  }
  const outputs = o.precond === "iDDPMPrecond" ? 6 : 3;
  let sum: Arr | undefined;
  for (let l = L - 1; l >= 0; l--) {
    const r = o.resolution >> l;
    const name = `dec.${r}x${r}`;
    const out = o.mult[l]! * o.C;
    h =
      l === L - 1
        ? block(`${name}_in1`, block(`${name}_in0`, h, h.shape[1]!, true), h.shape[1]!, false)
        : block(`${name}_up`, h, h.shape[1]!, false, "up");
    for (let b = 0; b <= o.blocks; b++)
      h = block(`${name}_block${b}`, concat(h, pushed.pop()!), out, o.attn.includes(l) && (!song || b === o.blocks));
    if (song && (l === 0 || o.decoder === "skip")) {
      const part = c3(`${name}_aux_conv`, silu(gn(`${name}_aux_norm`, h)), outputs);
      sum = sum === undefined ? part : add(part, upFir(sum, o.filter));
    }
  }
  return sum ?? c3("out_conv", silu(gn("out_norm", h)), outputs);
}

/** D(x; sigma), restated from the specification. */
export function edmForward(o: EdmCase, w: StateDict, x: Arr, sigma: number, labels?: readonly number[]): Arr {
  let [cSkip, cOut, cIn, cNoise] = [1, -sigma, 1 / Math.sqrt(sigma ** 2 + 1), 0];
  if (o.precond === "EDMPrecond") {
    const total = sigma ** 2 + 0.25;
    [cSkip, cOut, cIn, cNoise] = [0.25 / total, (sigma * 0.5) / Math.sqrt(total), 1 / Math.sqrt(total), Math.log(sigma) / 4];
  } else if (o.precond === "VPPrecond") cNoise = (999 * (Math.sqrt(0.1 ** 2 + 2 * 19.9 * Math.log(1 + sigma ** 2)) - 0.1)) / 19.9;
  else if (o.precond === "VEPrecond") [cOut, cIn, cNoise] = [sigma, 1, Math.log(sigma / 2)];
  else {
    const u = [0];
    const a = (j: number): number => Math.sin(((Math.PI / 2) * j) / (1000 * 1.008)) ** 2;
    for (let j = 1000; j > 0; j--) u.unshift(Math.sqrt((u[0]! ** 2 + 1) / Math.max(a(j - 1) / a(j), 0.001) - 1));
    const distances = u.map((v) => Math.abs(v - sigma));
    cNoise = 999 - distances.indexOf(Math.min(...distances));
  }
  const F = network(o, w, scale(x, cIn), cNoise, labels);
  const pixels = x.shape[2]! * x.shape[3]!;
  return map(x, (v, i) => {
    const [image, rest] = [Math.floor(i / (3 * pixels)), i % (3 * pixels)];
    return cSkip * v + cOut * F.data[image * F.shape[1]! * pixels + rest]!;
  });
}
