import type { Tensor } from "@leader/core";
import { next, previous, spatialAxes } from "./periodic.js";
import { slope, type Potential } from "./potential.js";

/** Keeps the potential smooth at 0. */
const floor = 1e-6;

/** FDGR's G+: the gradient of the potential of backward circular differences, each axis by itself, at s = g^2 + 1e-6. */
export function spatialGradient(x0: Tensor, potential: Potential): Tensor {
  return spatialAxes
    .map((axis) => {
      const g = x0.sub(previous(x0, axis));
      const flow = slope(g.square().add(floor), potential).mul(g);
      return flow.sub(next(flow, axis));
    })
    .reduce((a, b) => a.add(b));
}
