import { broadcastShapes, extents, type HostTensor, type Tensor } from "@leader/core";
import { inverse, sourcePixels, type Transformation } from "./transformation.js";

/**
 * The two pictures of one image during a step: as it is, and as the network sees it, which is transformed in every second step.
 * Which of the two holds is a value of the graph, so one trace serves both.
 */
export class Frame {
  readonly #toNetwork: Tensor;
  readonly #fromNetwork: Tensor;
  readonly #size: readonly [number, number];
  /** What a tensor of the image looked like to the network, by its id: going there and back then costs nothing. */
  readonly #seen = new Map<number, Tensor>();

  /** @param transformed a scalar: 1 if the network sees the image transformed, 0 if as it is. @param like any tensor of the image's shape. */
  constructor(transformation: Transformation, transformed: Tensor, like: { readonly shape: readonly number[] }) {
    const [height, width] = extents(like.shape.slice(-2), 2);
    this.#size = [height, width];
    const source = sourcePixels(transformation, height, width);
    const same = Int32Array.from(source, (_, i) => i);
    const choose = (pixels: Int32Array): Tensor => transformed.greater(0.5).where(indices(transformed, pixels), indices(transformed, same));
    this.#toNetwork = choose(source);
    this.#fromNetwork = choose(inverse(source));
  }

  toNetwork(image: Tensor): Tensor {
    return this.#seen.get(image.id) ?? rearranged(image, this.#toNetwork, this.#size);
  }

  fromNetwork(seen: Tensor): Tensor {
    const image = rearranged(seen, this.#fromNetwork, this.#size);
    this.#seen.set(image.id, seen);
    return image;
  }
}

/** Gathers pixels of [N,C,H,W]; what only broadcasts to the height or width of the image, as a variance may, is spread out first. */
function rearranged(image: Tensor, pixels: Tensor, [height, width]: readonly [number, number]): Tensor {
  const shape = extents(broadcastShapes("equs", image.shape, [1, 1, height, width]), 4);
  const [batch, channels] = shape;
  return image
    .expand(shape)
    .reshape([batch, channels, height * width])
    .gather(pixels, 2)
    .reshape(shape);
}

function indices({ trace }: Tensor, pixels: Int32Array): Tensor {
  const value: HostTensor = { shape: [pixels.length], dtype: "int32", data: pixels };
  return trace.constant(value);
}
