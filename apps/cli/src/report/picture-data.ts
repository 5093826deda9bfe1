import type { HostTensor } from "@leader/graph";
import { toRgb8 } from "leader-restore";
import type { PixelMap } from "./calibration.js";

/** A picture as part of a page. */
export interface PictureData {
  readonly url: string;
  readonly width: number;
  readonly height: number;
  /** False if the bytes had to be made fewer at the cost of the picture. */
  readonly exact: boolean;
}

interface Rgb {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** [1,1 or 3,H,W] in [-1,1] as a data URL of at most `mostBytes` (before base64): exact if that fits, else compressed, else smaller. */
export const pictureData = (picture: HostTensor, mostBytes: number): Promise<PictureData> => encode(toRgb8(picture), mostBytes);

/** A map in colours: 0 to `top` through `colour`. */
export function mapData(
  { width, height, values }: PixelMap,
  top: number,
  colour: (unit: number) => string,
  mostBytes: number,
): Promise<PictureData> {
  const palette = Array.from({ length: 256 }, (_, i) => parseInt(colour(i / 255).slice(1), 16));
  const rgb = new Uint8Array(3 * width * height);
  for (const [i, value] of values.entries()) {
    const entry = palette[Math.round(255 * Math.min(1, Math.max(0, value / top)))]!;
    rgb.set([entry >> 16, (entry >> 8) & 255, entry & 255], 3 * i);
  }
  return encode({ width, height, rgb }, mostBytes);
}

async function encode({ width, height, rgb }: Rgb, mostBytes: number): Promise<PictureData> {
  const { default: sharp } = await import("sharp");
  for (let scale = 1; ; scale *= 0.7) {
    const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
    const picture = (): ReturnType<typeof sharp> => {
      const whole = sharp(rgb, { raw: { width, height, channels: 3 } });
      return scale === 1 ? whole : whole.resize(size.width, size.height);
    };
    const exactly = [
      { type: "png", exact: true, bytes: () => picture().png({ compressionLevel: 9 }).toBuffer() },
      { type: "webp", exact: true, bytes: () => picture().webp({ lossless: true }).toBuffer() },
    ];
    const candidates = [
      ...(scale === 1 ? exactly : []),
      ...[95, 88, 75].map((quality) => ({ type: "webp", exact: false, bytes: () => picture().webp({ quality }).toBuffer() })),
    ];
    for (const { type, exact, bytes } of candidates) {
      const encoded = await bytes();
      if (encoded.length <= mostBytes) return { url: `data:image/${type};base64,${encoded.toString("base64")}`, ...size, exact };
    }
  }
}
