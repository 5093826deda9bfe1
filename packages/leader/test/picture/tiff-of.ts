/** TIFF files with sample types that picture libraries hardly write: one strip, uncompressed, little-endian. */

const formats = { uint: 1, int: 2, float: 3 } as const;

export type Samples = Uint8Array | Uint16Array | Int16Array | Int32Array | Uint32Array | Float32Array;

export interface TiffForm {
  readonly width: number;
  readonly channels: 1 | 3 | 4;
  readonly format: keyof typeof formats;
  readonly pages?: number;
  /** The colours are multiplied with the fourth channel. */
  readonly premultiplied?: boolean;
}

/** A TIFF of `width` pixels per row with these interleaved samples; more pages of the same follow if asked for. */
export function tiffOf(samples: Samples, { width, channels, format, pages = 1, premultiplied = false }: TiffForm): Uint8Array {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const height = samples.length / channels / width;
  const list = (value: number): Uint8Array => new Uint8Array(new Uint16Array(channels).fill(value).buffer);
  const tags = (data: number): readonly (readonly [tag: number, value: number | Uint8Array])[] => [
    [256, width],
    [257, height],
    [258, list(8 * samples.BYTES_PER_ELEMENT)],
    [259, 1],
    [262, channels === 1 ? 1 : 2],
    [273, data],
    [277, channels],
    [278, height],
    [279, bytes.length],
    ...(channels === 4 ? [[338, premultiplied ? 1 : 2] as const] : []),
    [339, list(formats[format])],
  ];
  const size = 2 + 12 * tags(0).length + 4 + 4 * channels + bytes.length + (bytes.length % 2);
  const file = new Uint8Array(8 + pages * size);
  const view = new DataView(file.buffer);
  file.set([0x49, 0x49, 42, 0, 8]);
  for (let page = 0; page < pages; page++) {
    const at = 8 + page * size;
    const entries = tags(0).length;
    let outside = at + 2 + 12 * entries + 4;
    const data = outside + 4 * channels;
    view.setUint16(at, entries, true);
    tags(data).forEach(([tag, value], i) => {
      const p = at + 2 + 12 * i;
      view.setUint16(p, tag, true);
      view.setUint16(p + 2, typeof value === "number" ? 4 : 3, true);
      view.setUint32(p + 4, typeof value === "number" ? 1 : channels, true);
      if (typeof value === "number") view.setUint32(p + 8, value, true);
      else if (value.length <= 4) file.set(value, p + 8);
      else {
        view.setUint32(p + 8, outside, true);
        file.set(value, outside);
        outside += value.length;
      }
    });
    view.setUint32(at + 2 + 12 * entries, page + 1 < pages ? at + size : 0, true);
    file.set(bytes, data);
  }
  return file;
}
