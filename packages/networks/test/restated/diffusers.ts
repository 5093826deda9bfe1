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
  scale,
  silu,
  up,
  type Arr,
  type StateDict,
} from "./arrays.js";

/** A `config.json`, complete. */
export interface DiffusersCase {
  readonly block_out_channels: readonly number[];
  readonly layers_per_block: number;
  readonly down_block_types: readonly string[];
  readonly up_block_types: readonly string[];
  readonly norm_eps: number;
  readonly attention_head_dim: number | null;
  readonly attn_norm_num_groups?: number;
  readonly add_attention?: boolean;
  readonly mid_block_scale_factor?: number;
  readonly downsample_padding: number;
  readonly downsample_type?: "conv" | "resnet";
  readonly upsample_type?: "conv" | "resnet";
  readonly resnet_time_scale_shift: "default" | "scale_shift";
  readonly freq_shift: number;
  readonly flip_sin_to_cos: boolean;
  readonly num_class_embeds?: number;
  readonly center_input_sample?: boolean;
}

/** `UNet2DModel`, restated from the specification. `old`: the names of attention in old files. */
export function diffusersForward(o: DiffusersCase, w: StateDict, input: Arr, t: number, label?: number, old = false): Arr {
  const widths = o.block_out_channels;
  const [C, E] = [widths[0]!, 4 * widths[0]!];
  const e: Arr = { shape: [1, C], data: new Float64Array(C) };
  for (let i = 0; i < C / 2; i++) {
    const f = Math.exp((-Math.log(10000) * i) / (C / 2 - o.freq_shift));
    e.data[o.flip_sin_to_cos ? i : C / 2 + i] = Math.cos(t * f);
    e.data[o.flip_sin_to_cos ? C / 2 + i : i] = Math.sin(t * f);
  }
  const lin = (key: string, v: Arr, out: number): Arr => linear(v, w.get(`${key}.weight`, out, v.shape[1]!), w.get(`${key}.bias`, out));
  let emb = lin("time_embedding.linear_2", silu(lin("time_embedding.linear_1", e, E)), E);
  if (o.num_class_embeds !== undefined) {
    const table = w.get("class_embedding.weight", o.num_class_embeds, E);
    emb = map(emb, (v, i) => v + table.data[label! * E + i]!);
  }
  const gn = (key: string, v: Arr, groups = 32): Arr =>
    groupNorm(v, groups, o.norm_eps, w.get(`${key}.weight`, v.shape[1]!), w.get(`${key}.bias`, v.shape[1]!));
  const c3 = (key: string, v: Arr, out: number, stride = 1, pads = [1, 1, 1, 1]): Arr =>
    conv(v, w.get(`${key}.weight`, out, v.shape[1]!, 3, 3), w.get(`${key}.bias`, out), stride, pads);
  const res = (key: string, v: Arr, out: number, how: (a: Arr) => Arr = (a) => a, divisor = 1): Arr => {
    let h = c3(`${key}.conv1`, how(silu(gn(`${key}.norm1`, v))), out);
    const shifts = o.resnet_time_scale_shift === "scale_shift";
    const k = lin(`${key}.time_emb_proj`, silu(emb), shifts ? 2 * out : out);
    h = shifts
      ? perChannel(
          perChannel(gn(`${key}.norm2`, h), k, (a, b) => a * (1 + b)),
          k,
          (a, b) => a + b,
          out,
        )
      : gn(
          `${key}.norm2`,
          perChannel(h, k, (a, b) => a + b),
        );
    h = c3(`${key}.conv2`, silu(h), out);
    const s = how(v);
    const skip =
      v.shape[1] === out
        ? s
        : conv1(s, w.get(`${key}.conv_shortcut.weight`, out, v.shape[1]!, 1, 1), w.get(`${key}.conv_shortcut.bias`, out));
    return scale(add(skip, h), 1 / divisor);
  };
  const names = old ? ["query", "key", "value", "proj_attn"] : ["to_q", "to_k", "to_v", "to_out.0"];
  const attn = (key: string, v: Arr, groups: number | undefined, divisor = 1): Arr => {
    const c = v.shape[1]!;
    const heads = o.attention_head_dim === null ? 1 : c / o.attention_head_dim;
    const n = groups === undefined ? v : gn(`${key}.group_norm`, v, groups);
    const to = (i: number, a: Arr): Arr => conv1(a, w.get(`${key}.${names[i]!}.weight`, c, c), w.get(`${key}.${names[i]!}.bias`, c));
    const mixed = attention([to(0, n), to(1, n), to(2, n)], heads, c, (_, head, j) => (head * c) / heads + j);
    return scale(add(v, to(3, mixed)), 1 / divisor);
  };
  let h = c3("conv_in", o.center_input_sample === true ? map(input, (v) => 2 * v - 1) : input, C);
  const pushed = [h];
  const L = widths.length;
  const way = (type: string, of: "conv" | "resnet" = "conv"): string =>
    type.startsWith("Attn") ? of : type.startsWith("Resnet") ? "resnet" : "conv";
  o.down_block_types.forEach((type, i) => {
    for (let j = 0; j < o.layers_per_block; j++) {
      h = res(`down_blocks.${i}.resnets.${j}`, h, widths[i]!);
      if (type.startsWith("Attn")) h = attn(`down_blocks.${i}.attentions.${j}`, h, 32);
      pushed.push(h);
    }
    if (i === L - 1) return;
    const key = `down_blocks.${i}.downsamplers.0`;
    if (way(type, o.downsample_type) === "resnet") h = res(key, h, widths[i]!, pool);
    else h = c3(`${key}.conv`, h, widths[i]!, 2, o.downsample_padding === 0 ? [0, 0, 1, 1] : [1, 1, 1, 1]);
    pushed.push(h);
  });
  const divisor = o.mid_block_scale_factor ?? 1;
  const groups = o.attn_norm_num_groups ?? (o.resnet_time_scale_shift === "scale_shift" ? undefined : 32);
  h = res("mid_block.resnets.0", h, widths[L - 1]!, undefined, divisor);
  if (o.add_attention !== false) h = attn("mid_block.attentions.0", h, groups, divisor);
  h = res("mid_block.resnets.1", h, widths[L - 1]!, undefined, divisor);
  o.up_block_types.forEach((type, i) => {
    const width = widths[L - 1 - i]!;
    for (let j = 0; j <= o.layers_per_block; j++) {
      h = res(`up_blocks.${i}.resnets.${j}`, concat(h, pushed.pop()!), width);
      if (type.startsWith("Attn")) h = attn(`up_blocks.${i}.attentions.${j}`, h, 32);
    }
    if (i === L - 1) return;
    const key = `up_blocks.${i}.upsamplers.0`;
    h = way(type, o.upsample_type) === "resnet" ? res(key, h, width, up) : c3(`${key}.conv`, up(h), width);
  });
  return c3("conv_out", silu(gn("conv_norm_out", h)), 3);
}
