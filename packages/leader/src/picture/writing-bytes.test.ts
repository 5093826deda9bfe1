import { expect, test } from "vitest";
import { writingBytes } from "./writing-bytes.js";

const shape = [1, 3, 100, 200];
const samples = 3 * 100 * 200;

test.each([
  ["png", {}, 3 * samples],
  ["png", { bitDepth: 16 as const }, 6 * samples],
  // JPEG has no 16 bits.
  ["jpeg", { bitDepth: 16 as const }, 8 * samples],
  ["tiff", { bitDepth: 16 as const }, 10 * samples],
  ["npy", { bitDepth: 16 as const }, 4 * samples],
  ["png", { hasAlpha: true }, 3 * (4 / 3) * samples + 4 * (5 / 3) * samples],
] as const)("writing %s of %j takes %i bytes", (format, how, bytes) => {
  expect(writingBytes(format, { shape, ...how })).toBe(bytes);
});
