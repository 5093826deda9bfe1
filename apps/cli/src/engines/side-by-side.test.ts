import { expect, it } from "vitest";
import { shareOf } from "./side-by-side.js";

it("is as many processes as there are processors, parts and memory for, each with its share", () => {
  expect(shareOf({ processors: 8, memoryMiB: 64_000 }, 20)).toEqual({ workers: 8, memoryMiB: 8000 });
  expect(shareOf({ processors: 8, memoryMiB: 5000 }, 20)).toEqual({ workers: 3, memoryMiB: 1666 });
  expect(shareOf({ processors: 8, memoryMiB: 64_000 }, 2)).toEqual({ workers: 2, memoryMiB: 32_000 });
  expect(shareOf({ processors: 8, memoryMiB: 900 }, 20)).toEqual({ workers: 1, memoryMiB: 900 });
});

it("takes what is stated as it is, and the rest to fit", () => {
  expect(shareOf({ processors: 8, memoryMiB: 5000 }, 20, { memoryMiB: 800 })).toEqual({ workers: 6, memoryMiB: 800 });
  expect(shareOf({ processors: 8, memoryMiB: 5000 }, 20, { workers: 10 })).toEqual({ workers: 10, memoryMiB: 500 });
  expect(shareOf({ processors: 2, memoryMiB: 5000 }, 20, { workers: 4, memoryMiB: 2000 })).toEqual({ workers: 4, memoryMiB: 2000 });
});
