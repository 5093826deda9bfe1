import { normals } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { mapData, pictureData } from "./picture-data.js";

const noise = normals({ seed: 0, image: 0, step: 0, name: "picture" }, 3 * 96 * 64);
const picture = { shape: [1, 3, 96, 64], dtype: "float32", data: noise } as const;
const bytesOf = (url: string): Buffer => Buffer.from(url.slice(url.indexOf(",") + 1), "base64");

describe("pictures of a page", () => {
  it("are exact where there is room", async () => {
    const data = await pictureData(picture, 100_000);
    expect(data).toMatchObject({ width: 64, height: 96, exact: true });
    expect(data.url).toMatch(/^data:image\/png;base64,/u);
  });

  it("never take more room than they have: first compressed, then smaller", async () => {
    for (const most of [6000, 1500]) {
      const data = await pictureData(picture, most);
      expect(data.exact).toBe(false);
      expect(bytesOf(data.url).length).toBeLessThanOrEqual(most);
      expect(data.width / data.height).toBeCloseTo(64 / 96, 1);
    }
    expect((await pictureData(picture, 1500)).width).toBeLessThan(64);
  });

  it("show maps in colours, clipped to their scale", async () => {
    const { default: sharp } = await import("sharp");
    const map = { height: 1, width: 3, values: Float64Array.of(-1, 1, 5) };
    const { url } = await mapData(
      map,
      2,
      (unit) =>
        `#${Math.round(255 * unit)
          .toString(16)
          .padStart(2, "0")}0080`,
      10_000,
    );
    expect([...(await sharp(bytesOf(url)).raw().toBuffer())]).toEqual([0, 0, 128, 128, 0, 128, 255, 0, 128]);
  });
});
