import type { ImagePart, NoiseRequest, NoiseSource } from "@leader/core";

/** What a part of a picture draws: numbers of the whole picture at the places of the part, so that parts agree where they overlap. */
export class PartNoise implements NoiseSource {
  readonly #inner: NoiseSource;
  readonly #image: readonly number[];
  readonly #part: ImagePart;
  readonly #stride: number;

  /**
   * @param image shape [N,C,H,W] of the whole image
   * @param stride image pixels per pixel of the measurement
   */
  constructor(inner: NoiseSource, image: readonly number[], part: ImagePart, stride: number) {
    this.#inner = inner;
    this.#image = image;
    this.#part = part;
    this.#stride = stride;
  }

  draw(request: NoiseRequest): ReturnType<NoiseSource["draw"]> {
    return this.#inner.draw(this.#placed(request));
  }

  prefetch(requests: readonly NoiseRequest[]): void {
    this.#inner.prefetch?.(requests.map((request) => this.#placed(request)));
  }

  /** Draws of the part's size, or of its measurement's, have a place; others (of coefficients, of scalars) have none. */
  #placed(request: NoiseRequest): NoiseRequest {
    const [, , rows, columns] = request.shape;
    const scale = [1, this.#stride].find((stride) => rows === this.#part.height / stride && columns === this.#part.width / stride);
    if (request.shape.length !== 4 || scale === undefined) return request;
    const [, , height = 0, width = 0] = this.#image;
    const within = { height: height / scale, width: width / scale, top: this.#part.top / scale, left: this.#part.left / scale };
    return { ...request, within };
  }
}
