import { expect, it } from "vitest";
import { RecentlyUsed } from "./recently-used.js";

it("keeps what was asked for last, and makes the rest again", () => {
  const made: string[] = [];
  const things = new RecentlyUsed<string>(2);
  const get = (name: string): string =>
    things.get(name, () => {
      made.push(name);
      return name.toUpperCase();
    });
  for (const name of ["a", "b", "a", "c", "a", "b"]) expect(get(name)).toBe(name.toUpperCase());
  expect(made).toEqual(["a", "b", "c", "b"]);
  for (let i = 0; i < 100; i++) get(String(i));
  expect(things.size).toBe(2);
});
