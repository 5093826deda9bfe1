/**
 * Decodes the runs of a BMP file to the numbers of its colours, bottom row first; what is passed over has colour 0. What lies outside of the
 * picture is dropped. Errors: an `Error` where the runs end before they say so.
 */
export function pixelsOfRuns(bytes: Uint8Array, width: number, height: number, isHalf: boolean): Uint8Array {
  const pixels = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, 0];
  const next = (): number => {
    const byte = bytes[at++];
    if (byte === undefined) throw new Error("it ends before its last pixel");
    return byte;
  };
  const put = (value: number): void => {
    if (x < width && y < height) pixels[y * width + x] = value;
    x++;
  };
  while (y < height) {
    const [count, what] = [next(), next()];
    if (count > 0) for (let k = 0; k < count; k++) put(isHalf ? (k % 2 === 0 ? what >> 4 : what & 15) : what);
    else if (what === 0) [x, y] = [0, y + 1];
    else if (what === 1) break;
    else if (what === 2) [x, y] = [x + next(), y + next()];
    else {
      // So many numbers as they are, filled up to an even number of bytes.
      const size = isHalf ? Math.ceil(what / 2) : what;
      for (let k = 0, byte = 0; k < what; k++) {
        if (!isHalf || k % 2 === 0) byte = next();
        put(isHalf ? (k % 2 === 0 ? byte >> 4 : byte & 15) : byte);
      }
      at += size % 2;
    }
  }
  return pixels;
}
