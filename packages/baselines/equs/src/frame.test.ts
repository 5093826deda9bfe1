import { trace, type Aval, type Tensor } from "@leader/core";
import { evaluator, normalArray } from "@leader/core/testing";
import { describe, expect, it } from "vitest";
import { Frame } from "./frame.js";

const image: Aval = { shape: [2, 3, 4, 4], dtype: "float32" };
const scalar: Aval = { shape: [], dtype: "float32" };
const x = normalArray(image, 1, "x");
const run = (f: (frame: Frame, value: Tensor) => Tensor, value: Float64Array, transformed: number, type = image): Float64Array =>
  evaluator((v, flag) => f(new Frame("rotate-90", flag, image), v), [type, scalar])(value, Float64Array.of(transformed));

describe("frame", () => {
  it("shows the network the picture as it is, or turned", () => {
    expect(run((frame, v) => frame.toNetwork(v), x, 0)).toEqual(x);
    const turned = run((frame, v) => frame.toNetwork(v), x, 1);
    expect(turned.slice(0, 4)).toEqual(Float64Array.of(x[12]!, x[8]!, x[4]!, x[0]!));
    expect(turned).not.toEqual(x);
  });

  it("takes back what it did", () => {
    const thereAndBack = (frame: Frame, v: Tensor): Tensor => frame.fromNetwork(frame.toNetwork(v));
    expect(run(thereAndBack, x, 1)).toEqual(x);
    expect(
      run(
        (frame, v) => frame.fromNetwork(v),
        run((frame, v) => frame.toNetwork(v), x, 1),
        1,
      ),
    ).toEqual(x);
  });

  it("turns what only broadcasts to the picture, as a variance may", () => {
    const rows: Aval = { shape: [1, 1, 4, 1], dtype: "float32" };
    const turned = run((frame, v) => frame.toNetwork(v), Float64Array.of(1, 2, 3, 4), 1, rows);
    expect(turned).toEqual(Float64Array.of(4, 3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1));
  });

  it("remembers how the network saw a picture", () => {
    trace(
      (seen, flag) => {
        const frame = new Frame("shift", flag, image);
        expect(frame.toNetwork(frame.fromNetwork(seen))).toBe(seen);
        return seen;
      },
      [image, scalar],
    );
  });
});
