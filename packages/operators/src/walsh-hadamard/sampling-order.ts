import { permutation, type HostTensor } from "@leader/core";
import { operatorKey } from "../common/seed.js";

/** A random order of the coefficients of a picture, of which the first `count` are measured. */
export interface SamplingOrder {
  readonly count: number;
  /** Coefficient by place in the order. */
  readonly order: HostTensor;
  /** The measured part of `order`. */
  readonly measured: HostTensor;
  /** Place in the order by coefficient. */
  readonly places: HostTensor;
  /** As `places`, but `count` for every coefficient that is not measured. */
  readonly measuredPlaces: HostTensor;
  /** True if coefficient 0, the mean of the picture, is measured. */
  readonly hasMean: boolean;
}

/** Draws the order; `keepMean` exchanges coefficient 0 with the last one measured if it was not drawn. */
export function samplingOrder(seed: number, size: number, count: number, keepMean: boolean): SamplingOrder {
  const order = permutation(operatorKey(seed, "walsh-hadamard"), size);
  const mean = order.indexOf(0);
  if (keepMean && mean >= count) [order[mean], order[count - 1]] = [order[count - 1]!, 0];
  const places = new Int32Array(size);
  order.forEach((coefficient, place) => (places[coefficient] = place));
  const list = (data: Int32Array): HostTensor => ({ shape: [data.length], dtype: "int32", data });
  return {
    count,
    order: list(order),
    measured: list(order.slice(0, count)),
    places: list(places),
    measuredPlaces: list(places.map((place) => Math.min(place, count))),
    hasMean: places[0]! < count,
  };
}
