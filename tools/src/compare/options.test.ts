import { expect, test } from "vitest";
import { compareOptions } from "./options.js";

test("the command line of a comparison is read", () => {
  expect(compareOptions(["../other", "--base", ".", "--only", "sr,ddnm/inpainting", "--seeds", "3", "--steps", "2"])).toEqual({
    base: ".",
    other: "../other",
    only: ["sr", "ddnm/inpainting"],
    seeds: [3],
    steps: 2,
    side: 32,
  });
});

test.each([
  ["no folder", []],
  ["two folders", ["a", "b"]],
  ["an option that there is not", ["a", "--stepz", "3"]],
  ["an option without its value", ["a", "--steps"]],
  ["a number that is none", ["a", "--side", "many"]],
  ["a number that is too small", ["a", "--steps", "0"]],
])("%s is a coded error that tells how", (_, args) => {
  expect(() => compareOptions(args)).toThrow(
    expect.objectContaining({ code: "LEADER_COMPARE_USAGE", hint: expect.stringContaining("--seeds") as string }),
  );
});
