import { float32Array, type HostTensor } from "@leader/graph";
import type { Metadata } from "sharp";
import { errors } from "../error-codes.js";

/** How the samples of a decoded file are asked for, so that the decoder converts nothing. */
export interface RawForm {
  readonly space: string;
  readonly depth: "uchar" | "ushort" | "uint" | "float";
  readonly colours: 1 | 3;
  readonly hasAlpha: boolean;
  /** The colours are no RGB (CMYK, Lab) and were converted to sRGB; the profile then no longer applies. */
  readonly converted: boolean;
  readonly notes: readonly string[];
}

const typeNames: Readonly<Record<string, string>> = {
  char: "signed 8-bit integers",
  short: "signed 16-bit integers",
  int: "signed 32-bit integers",
  double: "64-bit floating-point numbers",
  complex: "complex numbers",
  dpcomplex: "complex numbers",
};

/**
 * The form of a file's samples.
 * @param straight whether its colours are stored apart from its transparency, not multiplied with it. Errors: `PICTURE_SAMPLES`.
 */
export function rawForm({ space, depth, channels, hasAlpha }: Metadata, file: string, straight: () => boolean): RawForm {
  const refuse = (problem: string): never => {
    throw errors.PICTURE_SAMPLES({ file, problem });
  };
  if (depth !== "uchar" && depth !== "ushort" && depth !== "uint" && depth !== "float") {
    return refuse(`its samples are ${typeNames[depth] ?? depth}, for which no value is agreed to be white`);
  }
  // Of these two the decoder makes black, without an error.
  if (depth === "float" && (space === "grey16" || space === "rgb16")) refuse("its samples are grey in half precision, which is not read");
  if (depth === "uint" && hasAlpha && !straight()) refuse("its 32-bit colours are multiplied with their transparency, which is not read");
  const wide =
    depth === "uint"
      ? ["32-bit samples: the result has 16 bits"]
      : depth === "float"
        ? ["floating-point samples: the result has 16 bits"]
        : [];
  const colours = channels - (hasAlpha ? 1 : 0);
  if (space === "cmyk" || space === "lab" || space === "labs") {
    const deep = depth === "ushort" || space === "labs";
    return {
      space: deep ? "rgb16" : "srgb",
      depth: deep ? "ushort" : "uchar",
      colours: 3,
      hasAlpha,
      converted: true,
      notes: [`colours converted from ${space === "cmyk" ? "CMYK" : "Lab"} to sRGB`],
    };
  }
  if (colours !== 1 && colours !== 3) return refuse(`it has ${colours} colour channels; pictures have 1 or 3`);
  // The decoder drops the alpha channel of grey 8-bit pictures; as equal colours it stays.
  const doubled = colours === 1 && hasAlpha && space === "b-w";
  return { space: doubled ? "srgb" : space, depth, colours, hasAlpha, converted: false, notes: wide };
}

const peaks: Readonly<Record<RawForm["depth"], number>> = { uchar: 255, ushort: 65535, uint: 4294967295, float: 1 };

function samplesOf(data: Uint8Array, depth: RawForm["depth"]): Uint8Array | Uint16Array | Uint32Array | Float32Array {
  // Not by `slice`, which on Node's Buffer is a view at the same odd place.
  const { buffer, byteOffset: from, byteLength: size } = data.byteOffset % 4 === 0 ? data : new Uint8Array(data);
  switch (depth) {
    case "uchar":
      return data;
    case "ushort":
      return new Uint16Array(buffer, from, size / 2);
    case "uint":
      return new Uint32Array(buffer, from, size / 4);
    case "float":
      return new Float32Array(buffer, from, size / 4);
    default:
      return depth satisfies never;
  }
}

/** The form of one colour channel, where three are equal in every pixel of the interleaved samples; any other as it is. */
export function withEqualAsOne(form: RawForm, data: Uint8Array, channels: number): RawForm {
  if (form.colours !== 3) return form;
  const samples = samplesOf(data, form.depth);
  for (let i = 0; i < samples.length; i += channels) {
    if (samples[i] !== samples[i + 1] || samples[i] !== samples[i + 2]) return form;
  }
  return { ...form, colours: 1 };
}

/** Interleaved samples as planes: colours in [-1,1], alpha in [0,1]. Errors: `PICTURE_SAMPLES`. */
export function planesOf(
  data: Uint8Array,
  { width, height, channels }: { readonly width: number; readonly height: number; readonly channels: number },
  form: RawForm,
  file: string,
): { readonly tensor: HostTensor; readonly alpha?: HostTensor } {
  const samples = samplesOf(data, form.depth);
  if (form.depth === "float") requireUnitRange(samples, file);
  const peak = peaks[form.depth];
  const size = width * height;
  const planes = (first: number, count: number, scale: number, shift: number): HostTensor => {
    const into = new Float32Array(count * size);
    const known = form.depth === "float" || form.depth === "uint" || size < peak ? undefined : valuesOfSamples(peak, scale, shift);
    for (let c = 0; c < count; c++) {
      const [plane, offset] = [into.subarray(c * size, (c + 1) * size), first + c];
      if (known !== undefined) for (let i = 0, at = offset; i < size; i++, at += channels) plane[i] = known[samples[at]!]!;
      else for (let i = 0, at = offset; i < size; i++, at += channels) plane[i] = (scale * samples[at]!) / peak + shift;
    }
    return { shape: [1, count, height, width], dtype: "float32", data: into };
  };
  const tensor = planes(0, form.colours, 2, -1);
  return form.hasAlpha && channels > form.colours ? { tensor, alpha: planes(channels - 1, 1, 1, 0) } : { tensor };
}

/** What each sample stands for: looked up, it takes a fifth of the time of the division. */
const valuesOfSamples = (peak: number, scale: number, shift: number): Float32Array =>
  float32Array(peak + 1, (sample) => (scale * sample) / peak + shift);

/** Floating-point pictures have no type that says what white is: [0,1] is the convention, and nothing else is guessed. */
function requireUnitRange(samples: ArrayLike<number>, file: string): void {
  let [low, high, finite] = [Infinity, -Infinity, true];
  for (let i = 0; i < samples.length; i++) {
    const value = samples[i]!;
    if (!Number.isFinite(value)) finite = false;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!finite) throw errors.PICTURE_SAMPLES({ file, problem: "it holds samples that are infinite or no numbers" });
  if (low < 0 || high > 1) {
    throw errors.PICTURE_SAMPLES({ file, problem: `its floating-point samples reach from ${low} to ${high}; white is 1 and black 0` });
  }
}
