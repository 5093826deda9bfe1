import { add, concat, conv, relu, arr, type Arr, type StateDict } from "./arrays.js";

/** A transposed convolution of 2x2 with stride 2: every pixel becomes a block of its own. */
function enlarge(x: Arr, w: Arr): Arr {
  const [n, c, h, wd] = x.shape as [number, number, number, number];
  const out = w.shape[1]!;
  return arr([n, out, 2 * h, 2 * wd], (i) => {
    const [col, row] = [i % (2 * wd), Math.floor(i / (2 * wd)) % (2 * h)];
    const plane = Math.floor(i / (4 * h * wd));
    const [image, o] = [Math.floor(plane / out), plane % out];
    let sum = 0;
    for (let k = 0; k < c; k++)
      sum +=
        x.data[((image * c + k) * h + Math.floor(row / 2)) * wd + Math.floor(col / 2)]! *
        w.data[((k * out + o) * 2 + (row % 2)) * 2 + (col % 2)]!;
    return sum;
  });
}

/** DRUNet, restated from the specification. */
export function drunetForward(channels: number, widths: readonly number[], blocks: number, w: StateDict, x: Arr, sigma: number): Arr {
  const c3 = (key: string, v: Arr, out: number): Arr => conv(v, w.get(`${key}.weight`, out, v.shape[1]!, 3, 3), undefined);
  const block = (key: string, v: Arr): Arr => add(v, c3(`${key}.res.2`, relu(c3(`${key}.res.0`, v, v.shape[1]!)), v.shape[1]!));
  const [n, , height, width] = x.shape as [number, number, number, number];
  const xs = [
    c3(
      "m_head",
      concat(
        x,
        arr([n, 1, height, width], () => sigma),
      ),
      widths[0]!,
    ),
  ];
  for (let i = 1; i <= 3; i++) {
    let h = xs[i - 1]!;
    for (let b = 0; b < blocks; b++) h = block(`m_down${i}.${b}`, h);
    xs.push(conv(h, w.get(`m_down${i}.${blocks}.weight`, widths[i]!, widths[i - 1]!, 2, 2), undefined, 2, [0, 0, 0, 0]));
  }
  let h = xs[3]!;
  for (let b = 0; b < blocks; b++) h = block(`m_body.${b}`, h);
  for (let i = 3; i >= 1; i--) {
    h = enlarge(add(h, xs[i]!), w.get(`m_up${i}.0.weight`, widths[i]!, widths[i - 1]!, 2, 2));
    for (let b = 1; b <= blocks; b++) h = block(`m_up${i}.${b}`, h);
  }
  return c3("m_tail", add(h, xs[0]!), channels);
}
