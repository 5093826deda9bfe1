import { expect, test } from "vitest";
import { afterKey, sidesOf, type Look } from "../src/compare/shown-picture.js";
import { axisOf, frame, ratioAxisOf, up } from "../src/result/line-chart.js";
import { short } from "../src/result/scale.js";

const picture = (id: string) => ({ id, title: id, src: id });
const pictures = ["measured", "step 1", "restored"].map(picture);

test("the sides are what was chosen as long as it is there, and otherwise what is most worth looking at", () => {
  const ids = (...args: Parameters<typeof sidesOf>): readonly (string | undefined)[] => [
    sidesOf(...args)?.left.id,
    sidesOf(...args)?.right.id,
  ];
  expect(ids(pictures, {}, "restored")).toEqual(["measured", "restored"]);
  expect(ids(pictures, { left: "step 1", right: "gone" }, "step 1")).toEqual(["step 1", "step 1"]);
  expect(ids([picture("measured")], {}, "restored")).toEqual(["measured", "measured"]);
  expect(sidesOf([], {}, "restored")).toBeUndefined();
});

test("keys move the lens within the picture, change its zoom, and hide it", () => {
  const hidden: Look = { spot: undefined, zoom: 4 };
  expect(afterKey(hidden, "ArrowRight", false)).toEqual({ spot: { x: 0.52, y: 0.5 }, zoom: 4 });
  expect(afterKey({ spot: { x: 0.95, y: 0 }, zoom: 4 }, "ArrowRight", true)?.spot).toEqual({ x: 1, y: 0 });
  expect([
    afterKey(hidden, "+", false)?.zoom,
    afterKey({ ...hidden, zoom: 16 }, "+", false)?.zoom,
    afterKey(hidden, "-", false)?.zoom,
  ]).toEqual([8, 16, 2]);
  expect(afterKey({ spot: { x: 0, y: 0 }, zoom: 4 }, "Escape", false)?.spot).toBeUndefined();
  expect(afterKey(hidden, "a", false)).toBeUndefined();
});

test.each([
  [
    [0, 950],
    [0, 200, 400, 600, 800],
  ],
  [
    [0.0012, 0.7],
    [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7],
  ],
  [
    [-0.5, 1],
    [-0.4, -0.2, 0, 0.2, 0.4, 0.6, 0.8, 1],
  ],
])("an axis of %j has round ticks within it", (values, ticks) => {
  expect(axisOf(values).ticks).toEqual(ticks);
});

test("an axis of one value, or of none, can be drawn", () => {
  for (const values of [[], [0], [3]]) expect(axisOf(values).ticks.length).toBeLessThan(8);
});

test("numbers are short", () => {
  expect([0, 0.123456, 12.5, 1234.5, 0.00001234, 1e6].map(short)).toEqual(["0", "0.123", "12.5", "1230", "1.2e-5", "1e6"]);
});

test("values over powers of ten have these for ticks, at equal distances; others have a plain axis", () => {
  const axis = ratioAxisOf([157, 20, 0.05]);
  expect(axis).toMatchObject({ low: 0.01, high: 1000, ticks: [0.01, 0.1, 1, 10, 100, 1000] });
  const heights = axis.ticks.map((tick) => up(axis, tick));
  const gaps = heights.slice(1).map((height, i) => heights[i]! - height);
  expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThan(1e-9);
  expect([heights[0], heights.at(-1)]).toEqual([frame.height - frame.bottom, frame.top]);
  expect(ratioAxisOf([1e-12, 1e3]).ticks.length).toBeLessThan(7);
  for (const values of [
    [1, 2, 9],
    [-0.1, 5, 100],
    [0, 1e5],
  ])
    expect(ratioAxisOf(values)).toEqual(axisOf(values));
});
