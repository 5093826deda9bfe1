import { normals, type HostTensor } from "@leader/graph";
import { describe, expect, it } from "vitest";
import { blindFrequencies, detailAt, squareSide } from "./detail.js";

const noise = (height: number, width: number, deviation: number): HostTensor => ({
  shape: [1, 3, height, width],
  dtype: "float32",
  data: normals({ seed: 3, image: 0, step: 0, name: "detail" }, 3 * height * width).map((z) => deviation * z),
});

/** What is left of one point in the middle by a Gaussian. */
function gaussian(sigma: number): HostTensor {
  const data = new Float32Array(squareSide ** 2);
  for (let i = 0; i < data.length; i++) {
    const [down, across] = [Math.floor(i / squareSide) - squareSide / 2, (i % squareSide) - squareSide / 2];
    data[i] = Math.exp(-(down ** 2 + across ** 2) / (2 * sigma ** 2));
  }
  return { shape: [1, 1, squareSide, squareSide], dtype: "float32", data };
}

describe("the detail of a picture at some frequencies", () => {
  it("is the deviation of the noise that it is, whatever the frequencies and the slow changes beside it", () => {
    for (const sigma of [1, 2, 4]) {
      const plain = noise(200, 150, 0.03);
      const slow = { ...plain, data: plain.data.map((value, i) => value + Math.sin((i % 150) / 30) + Math.cos(i / 150 / 40)) };
      for (const picture of [plain, slow])
        expect(Math.abs(detailAt(picture, blindFrequencies(gaussian(sigma)))! / 0.03 - 1)).toBeLessThan(0.04);
    }
  });

  it("sees an edge that is sharper than the blur, and does not see one that is not", () => {
    // The step response of a Gaussian is close to a logistic curve of 1.7 / sigma.
    const edge = (sigma: number): HostTensor => {
      const picture = noise(128, 128, 0);
      for (let i = 0; i < picture.data.length; i++) picture.data[i] = 1 / (1 + Math.exp((-1.7 * ((i % 128) - 37.3)) / sigma));
      return picture;
    };
    const blind = blindFrequencies(gaussian(2));
    expect(detailAt(edge(0.5), blind)).toBeGreaterThan(10 * detailAt(edge(3), blind)!);
  });

  it("is unknown where the blur leaves something of nearly all frequencies, and of pictures that are smaller than a square", () => {
    expect(detailAt(noise(128, 128, 0.1), blindFrequencies(gaussian(0.4)))).toBeUndefined();
    expect(detailAt(noise(60, 128, 0.1), blindFrequencies(gaussian(3)))).toBeUndefined();
  });
});

it("the frequencies that a Gaussian is blind to are those beyond a circle", () => {
  const sigma = 2;
  // exp(-2 pi^2 sigma^2 f^2) = 0.0316, and two frequencies of a square more.
  const radius = Math.sqrt(Math.log(1e3) / 2 / (2 * Math.PI ** 2 * sigma ** 2)) * squareSide;
  const blind = blindFrequencies(gaussian(sigma));
  const distance = (i: number): number =>
    Math.hypot(...[Math.floor(i / squareSide), i % squareSide].map((f) => Math.min(f, squareSide - f)));
  expect(Math.min(...blind.map(distance))).toBeGreaterThan(radius + 1);
  expect(Math.min(...blind.map(distance))).toBeLessThan(radius + 4);
});
