import { viewOf } from "./tiff-directory.js";

/** Sum of the luminance table of the JPEG standard (ITU-T T.81, table K.1) at quality 50. */
const standard = [
  16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51, 56, 55,
  64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];

/** The table at a quality from 1 to 100, by the rule of the Independent JPEG Group's library. */
function tableSum(quality: number): number {
  const scale = quality < 50 ? Math.floor(5000 / quality) : 200 - 2 * quality;
  return standard.reduce((sum, value) => sum + Math.min(255, Math.max(1, Math.floor((value * scale + 50) / 100))), 0);
}

/** The quality (1-100) at which the usual encoder would have written a JPEG file like this; undefined if it has no table. */
export function jpegQuality(jpeg: Uint8Array): number | undefined {
  const sum = luminanceSum(jpeg);
  if (sum === undefined) return undefined;
  const qualities = Array.from({ length: 100 }, (_, i) => 100 - i);
  return qualities.reduce((best, q) => (Math.abs(tableSum(q) - sum) < Math.abs(tableSum(best) - sum) ? q : best), 100);
}

/** Sum of quantisation table 0. */
function luminanceSum(jpeg: Uint8Array): number | undefined {
  const view = viewOf(jpeg);
  for (let at = 2; at + 4 < jpeg.length && jpeg[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    if (jpeg[at + 1] === 0xda) return undefined;
    if (jpeg[at + 1] !== 0xdb) continue;
    const [wide, id] = [jpeg[at + 4]! >> 4, jpeg[at + 4]! & 15];
    if (id !== 0 || at + 5 + 64 * (wide + 1) > jpeg.length) continue;
    let sum = 0;
    for (let i = 0; i < 64; i++) sum += wide === 0 ? jpeg[at + 5 + i]! : view.getUint16(at + 5 + 2 * i);
    return sum;
  }
  return undefined;
}
