import type { Aval } from "../../values.js";
import type { ReferenceValue } from "../op-def.js";
import type { ConvAttrs } from "../op-attrs.js";
import { sizeOf } from "../shape.js";
import { addWeighted } from "./add-weighted.js";
import { floatData } from "./data.js";

/**
 * Where one kernel tap links a row of the strided image (the output of a convolution, the input of its transpose) to
 * pixels of the full image: `small` + i belongs to `large` + i `step`, for i below `count`.
 */
interface Segment {
  readonly tap: number;
  readonly small: number;
  readonly large: number;
  readonly count: number;
}

interface Plan {
  readonly segments: readonly Segment[];
  /** Stride of the last spatial axis. */
  readonly step: number;
}

/** Positions i of the strided axis for which i stride + tap dilation - pad lies in [0, size). */
function overlap(count: number, size: number, stride: number, offset: number): readonly [number, number] {
  return [Math.max(0, Math.ceil(-offset / stride)), Math.min(count, Math.floor((size - 1 - offset) / stride) + 1)];
}

/** All segments of one channel plane; both convolutions are sums over them. */
function planSegments(small: readonly number[], large: readonly number[], kernel: readonly number[], attrs: ConvAttrs): Plan {
  const last = small.length - 1;
  const segments: Segment[] = [];
  const visit = (axis: number, tap: number, smallAt: number, largeAt: number): void => {
    const stride = attrs.strides[axis]!;
    for (let k = 0; k < kernel[axis]!; k++) {
      const offset = k * attrs.dilations[axis]! - attrs.pads[axis]!;
      const [begin, end] = overlap(small[axis]!, large[axis]!, stride, offset);
      const [tapHere, smallRow, largeRow] = [tap * kernel[axis]! + k, smallAt * small[axis]!, largeAt * large[axis]!];
      if (axis < last) {
        for (let i = begin; i < end; i++) visit(axis + 1, tapHere, smallRow + i, largeRow + i * stride + offset);
      } else if (begin < end) {
        segments.push({ tap: tapHere, small: smallRow + begin, large: largeRow + begin * stride + offset, count: end - begin });
      }
    }
  };
  visit(0, 0, 0, 0);
  return { segments, step: attrs.strides[last]! };
}

function addBias(y: Float64Array, output: Aval, bias: ReferenceValue | undefined): void {
  if (bias === undefined) return;
  const plane = sizeOf(output.shape.slice(2));
  const channels = output.shape[1]!;
  for (let i = 0; i < y.length; i++) y[i] = y[i]! + bias.data[Math.floor(i / plane) % channels]!;
}

/** y[m] = sum over channels and taps of w[m, c, tap] x[c, shifted by the tap], plus the bias. */
export function evaluateConv(inputs: readonly ReferenceValue[], attrs: ConvAttrs, output: Aval): Float64Array {
  const [x, w] = [inputs[0]!, inputs[1]!];
  const [small, large, kernel] = [output.shape.slice(2), x.shape.slice(2), w.shape.slice(2)];
  const { segments, step } = planSegments(small, large, kernel, attrs);
  const [from, weights, to] = [floatData(x), floatData(w), new Float64Array(sizeOf(output.shape))];
  const [smallSize, largeSize, taps] = [sizeOf(small), sizeOf(large), sizeOf(kernel)];
  const [filters, channels] = [w.shape[0]!, w.shape[1]!];
  const planes = output.shape[0]! * filters;
  for (let plane = 0; plane < planes; plane++) {
    const filter = plane % filters;
    // Samples and groups follow one another in x just as in the output.
    const group = Math.floor(plane / (filters / attrs.groups));
    for (const segment of segments) {
      addWeighted(
        { data: to, at: plane * smallSize + segment.small, step: 1 },
        { data: from, at: group * channels * largeSize + segment.large, step, lane: largeSize },
        { data: weights, at: filter * channels * taps + segment.tap, step: taps },
        segment.count,
        channels,
      );
    }
  }
  addBias(to, output, inputs[2]);
  return to;
}

/** The transpose of the linear part: what `evaluateConv` gathers is scattered. Output padding only enlarges the image. */
export function evaluateConvTranspose(inputs: readonly ReferenceValue[], attrs: ConvAttrs, output: Aval): Float64Array {
  const [x, w] = [inputs[0]!, inputs[1]!];
  const [small, large, kernel] = [x.shape.slice(2), output.shape.slice(2), w.shape.slice(2)];
  const { segments, step } = planSegments(small, large, kernel, attrs);
  const [from, weights, to] = [floatData(x), floatData(w), new Float64Array(sizeOf(output.shape))];
  const [smallSize, largeSize, taps] = [sizeOf(small), sizeOf(large), sizeOf(kernel)];
  const filters = w.shape[1]!;
  const channels = w.shape[0]! / attrs.groups;
  const planes = output.shape[0]! * output.shape[1]!;
  for (let plane = 0; plane < planes; plane++) {
    const group = Math.floor(plane / filters);
    const weightPlane = (group % attrs.groups) * channels * filters + (plane % filters);
    for (const segment of segments) {
      addWeighted(
        { data: to, at: plane * largeSize + segment.large, step },
        { data: from, at: group * channels * smallSize + segment.small, step: 1, lane: smallSize },
        { data: weights, at: weightPlane * taps + segment.tap, step: filters * taps },
        segment.count,
        channels,
      );
    }
  }
  addBias(to, output, inputs[2]);
  return to;
}
