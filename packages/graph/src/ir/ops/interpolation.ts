import type { CoordinateMode, ResizeAttrs } from "../op-attrs.js";

/** A dense row-major matrix in float64. */
export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** The attributes of a resize that shape the weights of one axis. */
export type InterpolationAttrs = Omit<ResizeAttrs, "shape" | "scales">;

/**
 * The linear map of one resized axis: output = matrix x input. Rows sum to 1.
 * Follows the definition of ONNX Resize-19; outside the image the border pixel repeats, unless `excludeOutside`.
 * @param scale as the model states it; it may differ from outputSize / inputSize.
 */
export function interpolationMatrix(inputSize: number, outputSize: number, scale: number, attrs: InterpolationAttrs): DenseMatrix {
  const data = new Float64Array(outputSize * inputSize);
  for (let row = 0; row < outputSize; row++) {
    const position = sourcePosition(row, inputSize, outputSize, scale, attrs.coordinates);
    for (const { index, weight } of tapsAt(position, inputSize, scale, attrs)) {
      const at = row * inputSize + Math.min(Math.max(index, 0), inputSize - 1);
      data[at] = data[at]! + weight;
    }
  }
  return { rows: outputSize, columns: inputSize, data };
}

/** True if the map changes nothing. */
export function isIdentity({ rows, columns, data }: DenseMatrix): boolean {
  return rows === columns && data.every((weight, at) => weight === (at % (columns + 1) === 0 ? 1 : 0));
}

/** Coordinate in the original axis of pixel `row` of the resized axis. */
function sourcePosition(row: number, inputSize: number, outputSize: number, scale: number, mode: CoordinateMode): number {
  switch (mode) {
    case "half_pixel":
      return (row + 0.5) / scale - 0.5;
    case "pytorch_half_pixel":
      return outputSize > 1 ? (row + 0.5) / scale - 0.5 : 0;
    case "half_pixel_symmetric": {
      // Keeps the centre in place where the output size was rounded.
      const adjustment = outputSize / (scale * inputSize);
      return (inputSize / 2) * (1 - adjustment) + (row + 0.5) / scale - 0.5;
    }
    case "align_corners":
      return outputSize > 1 ? (row * (inputSize - 1)) / (outputSize - 1) : 0;
    case "asymmetric":
      return row / scale;
    default:
      return mode satisfies never;
  }
}

interface Tap {
  readonly index: number;
  readonly weight: number;
}

function tapsAt(position: number, inputSize: number, scale: number, attrs: InterpolationAttrs): readonly Tap[] {
  if (attrs.mode === "nearest") return [{ index: nearestIndex(position, attrs.nearest), weight: 1 }];
  const radius = attrs.mode === "linear" ? 1 : 2;
  const kernel = attrs.mode === "linear" ? triangle : (x: number): number => cubic(x, attrs.cubicCoefficient);
  // When shrinking with antialiasing the kernel widens to cover the pixels that one output pixel stands for.
  const shrink = attrs.antialias ? Math.min(scale, 1) : 1;
  const base = Math.floor(position);
  const first = Math.floor(-radius / shrink) + 1;
  const taps = Array.from({ length: 2 - 2 * first }, (_, i): Tap => ({
    index: base + first + i,
    weight: kernel((base + first + i - position) * shrink),
  }));
  const inside = attrs.excludeOutside ? taps.filter(({ index }) => index >= 0 && index < inputSize) : taps;
  const total = inside.reduce((sum, { weight }) => sum + weight, 0);
  return inside.map(({ index, weight }) => ({ index, weight: weight / total }));
}

function nearestIndex(position: number, rounding: ResizeAttrs["nearest"]): number {
  switch (rounding) {
    case "round_prefer_floor":
      return Math.ceil(position - 0.5);
    case "round_prefer_ceil":
      return Math.floor(position + 0.5);
    case "floor":
      return Math.floor(position);
    case "ceil":
      return Math.ceil(position);
    default:
      return rounding satisfies never;
  }
}

const triangle = (x: number): number => Math.max(0, 1 - Math.abs(x));

/** Cubic convolution kernel (Keys 1981) with free parameter a. */
function cubic(x: number, a: number): number {
  const t = Math.abs(x);
  if (t <= 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return ((a * t - 5 * a) * t + 8 * a) * t - 4 * a;
  return 0;
}
