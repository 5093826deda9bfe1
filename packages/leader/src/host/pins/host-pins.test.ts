import { expect, it, vi } from "vitest";
import type * as integrity from "./integrity.js";

it("a package that could not be read once is read again", async () => {
  const actual = await vi.importActual<typeof integrity>("./integrity.js");
  const moduleIntegrity = vi.fn(actual.moduleIntegrity).mockRejectedValueOnce(new Error("too many open files"));
  vi.doMock("./integrity.js", () => ({ ...actual, moduleIntegrity }));
  const { hostPins } = await import("./pins.js");
  await expect(hostPins()).rejects.toThrow("too many open files");
  const pins = await hostPins();
  expect(pins.map(({ name }) => name)).toEqual(["leader-restore", "@leader/core", "@leader/graph"]);
  expect(await hostPins()).toBe(pins);
  vi.doUnmock("./integrity.js");
});
