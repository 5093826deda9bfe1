import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describeOperator } from "@leader/core/testing";
import type { HostTensor } from "@leader/core";
import { describe, expect, it } from "vitest";
import { createOperator, images, memoryEnvironment, operatorAt } from "../../test/environment.js";
import { compute } from "../../test/compute.js";

const box = await operatorAt("inpainting", { box: { top: 1, left: 2, height: 2, width: 1 } }, images(4, 5, 3, 2));
const random = await operatorAt("inpainting", { random: { fraction: 0.4, seed: 7 } }, images(5, 7));
const grey = await operatorAt("inpainting", { random: {} }, images(9, 1, 1));
describeOperator("inpainting: box", () => box);
describeOperator("inpainting: random", () => random);
describeOperator("inpainting: grey, one pixel wide", () => grey);

const mask = (shape: readonly number[], values: readonly number[]): HostTensor => ({
  shape,
  dtype: "float32",
  data: Float32Array.from(values),
});
const fromFile = (array: HostTensor) => createOperator("inpainting", { mask: "mask.png" }, memoryEnvironment({ "mask.png": array }));
const plane = (operator: typeof box, height: number, width: number): readonly number[] => [
  ...operator.measured!.data.slice(0, height * width),
];

describe("inpainting", () => {
  it("lets go of the file of its mask, which may have several channels", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    let read: WeakRef<object> | undefined;
    const readArray = (): Promise<HostTensor> => {
      const array = mask(
        [3, 40, 50],
        Array.from({ length: 6000 }, (_, i) => i % 2),
      );
      read = new WeakRef(array.data);
      return Promise.resolve(array);
    };
    const factory = await createOperator("inpainting", { mask: "mask.png" }, { ...memoryEnvironment(), readArray });
    for (let i = 0; i < 5 && read!.deref() !== undefined; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
      collect();
    }
    expect(read!.deref()).toBeUndefined();
    expect(factory.at(images(40, 50)).measured!.shape).toEqual([1, 1, 40, 50]);
  });

  it("loses a box given in pixels", () => {
    expect(plane(box, 4, 5)).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1]);
    expect(compute(box, "apply", new Float32Array(120).fill(0.5)).slice(0, 10)).toEqual([0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0, 0.5, 0.5]);
  });

  it("loses a centred box given as a share, and keeps it inside the picture", async () => {
    const factory = await createOperator("inpainting", { box: { fraction: 0.5 } });
    expect(plane(factory.at(images(4, 4, 1)), 4, 4)).toEqual([1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 1, 1, 1]);
    const corner = await createOperator("inpainting", { box: { fraction: 0.5, centre: [1, 0] } });
    expect(plane(corner.at(images(4, 4, 1)), 4, 4)).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]);
  });

  it("loses exactly the share that was asked for, by the seed", async () => {
    const at = async (seed: number) =>
      plane((await createOperator("inpainting", { random: { fraction: 0.3, seed } })).at(images(10, 10)), 10, 10);
    expect((await at(0)).filter((value) => value === 0).length).toBe(30);
    expect(await at(0)).toEqual(await at(0));
    expect(await at(0)).not.toEqual(await at(1));
  });

  it("keeps what is white in a mask file, from one half on", async () => {
    const factory = await fromFile(mask([3, 1, 3], [1, 0.4, 0, 1, 0.6, 0, 1, 0.5, 0.9]));
    expect(plane(factory.at(images(1, 3)), 1, 3)).toEqual([1, 1, 0]);
    const flat = await fromFile({ shape: [2, 2], dtype: "bool", data: Uint8Array.of(1, 0, 0, 1) });
    expect(plane(flat.at(images(2, 2)), 2, 2)).toEqual([1, 0, 0, 1]);
  });

  it("takes the larger of two values for white, as in masks of 0 and 1 stored as bytes", async () => {
    const factory = await fromFile(mask([1, 2, 2], [0, 1 / 255, 1 / 255, 0]));
    expect(plane(factory.at(images(2, 2)), 2, 2)).toEqual([0, 1, 1, 0]);
  });

  it("turns a mask around where white means missing", async () => {
    const factory = await createOperator(
      "inpainting",
      { mask: "m.png", invert: true },
      memoryEnvironment({ "m.png": mask([1, 1, 3], [1, 0, 0]) }),
    );
    expect(plane(factory.at(images(1, 3)), 1, 3)).toEqual([0, 1, 1]);
  });

  it("warns of a mask that hides nothing", async () => {
    const environment = memoryEnvironment({ "mask.png": mask([1, 1, 2], [1, 1]) });
    await createOperator("inpainting", { mask: "mask.png" }, environment);
    expect(environment.warnings).toEqual(["LEADER_OPERATORS_MASK_HIDES_NOTHING"]);
  });

  it("says what is wrong with a mask or a box", async () => {
    const good = await fromFile(mask([1, 2, 2], [1, 1, 0, 0]));
    expect(() => good.at(images(2, 3))).toThrow("expected a mask of 2 x 3 as the picture, received 2 x 2 in mask.png");
    await expect(fromFile(mask([1, 2, 2], [0, 0, 0, 0]))).rejects.toMatchObject({ code: "LEADER_OPERATORS_MASK_KEEPS_NOTHING" });
    await expect(fromFile(mask([1, 1, 2], [255, 0]))).rejects.toThrow("it holds the value 255");
    await expect(fromFile(mask([4], [1, 1, 1, 1]))).rejects.toThrow("it has shape [4]");
    const outside = await createOperator("inpainting", { box: { top: 3, left: 0, height: 2, width: 1 } });
    expect(() => outside.at(images(4, 4))).toThrow("the box of 2 x 1 at row 3, column 0 is not inside a picture of 4 x 4");
    expect(() => outside.at({ shape: [3, 4, 4], dtype: "float32" })).toThrow("expected float32 images [N,C,H,W], received float32[3,4,4]");
  });
});
