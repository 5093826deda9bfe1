import { describe, expect, test } from "vitest";
import { acceptedVersions, isCompatible, isNewer } from "./compatibility.js";

describe("isCompatible", () => {
  const table: readonly (readonly [plugin: string, host: string, fits: boolean])[] = [
    ["1.0", "1.0", true],
    ["1.0", "1.4", true],
    ["1.4", "1.4", true],
    ["1.5", "1.4", false],
    ["1.0.7", "1.0", true],
    ["1.4.2", "1.4.0", true],
    ["2.0", "1.4", false],
    ["1.0", "2.0", false],
    ["0.9", "1.0", false],
    ["0.3", "0.3", true],
    ["0.3", "0.4", false],
    ["0.4", "0.3", false],
    ["1.1-beta.1", "1.1-beta.1", true],
    ["1.1-beta.1", "1.1", false],
    ["1.1", "1.2-rc", false],
    ["1", "1.0", false],
    ["", "1.0", false],
    ["v1.0", "1.0", false],
    ["1.x", "1.0", false],
    ["^1.0", "1.0", false],
    [" 1.0", "1.0", false],
    ["1.0", "latest", false],
  ];
  test.each(table)("plugin %j on host %j: %j", (plugin, host, fits) => {
    expect(isCompatible(plugin, host)).toBe(fits);
  });

  test("every version that the message offers fits", () => {
    expect(acceptedVersions("1.0")).toBe("1.0");
    expect(acceptedVersions("1.3")).toBe("1.0 to 1.3");
    expect(acceptedVersions("0.3")).toBe("0.3");
    expect(isCompatible("1.0", "1.3") && isCompatible("1.3", "1.3")).toBe(true);
  });

  test("tells a plugin that is too new from one that is too old", () => {
    expect(isNewer("1.7", "1.0") && isNewer("2.0", "1.9")).toBe(true);
    expect(isNewer("0.9", "1.0") || isNewer("1.0", "1.0") || isNewer("latest", "1.0")).toBe(false);
  });
});
