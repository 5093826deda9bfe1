/**
 * A small diffusion prior for photographs: one network file and the facts needed to use it.
 *
 * The package holds data, no run-time code: whoever runs the network reads {@link photoPrior} and opens the file with an ONNX engine.
 */

/** How a network file is fed and what its output means. */
export interface PriorNetworkContract {
  /** File name inside the package. */
  readonly file: string;
  /** SHA-256 of the file, lower-case hexadecimal. */
  readonly sha256: string;
  /** Size of the file in bytes. */
  readonly bytes: number;
  /** Names of the graph inputs: the picture in the variance-preserving state [N,3,H,W], and its noise level [N]. */
  readonly inputs: { readonly image: "x"; readonly level: "alpha_bar" };
  /** What the level input holds: the squared share of the clean picture in the state. */
  readonly levelKind: "alpha_bar";
  /** Name of the graph output [N,3,H,W]. */
  readonly output: "epsilon";
  /** What the output is: the noise, of unit variance, in `x = sqrt(alpha_bar) x0 + sqrt(1 - alpha_bar) epsilon`. */
  readonly predicts: "epsilon";
  /** Colour channels of the picture, in RGB order. */
  readonly channels: 3;
  /** Values that a clean picture takes. */
  readonly imageRange: readonly [-1, 1];
  /** Smallest noise level it was trained for, `sigma = sqrt((1 - alpha_bar) / alpha_bar)`. */
  readonly sigmaMin: number;
  /** Largest noise level it was trained for. */
  readonly sigmaMax: number;
  /** Height and width must be multiples of this; 1 means any size. */
  readonly sizeMultiple: number;
  /** Smallest height and width. */
  readonly minimumSize: number;
}

/** The network of this package. Its measured quality and its limits are in `MODEL_CARD.md`. */
export const photoPrior: PriorNetworkContract = {
  file: "prior.onnx",
  sha256: "00287bbb79b85dab865b005e8110bb05ea24c5a5326b5503de38e0d4e151d7ba",
  bytes: 3610950,
  inputs: { image: "x", level: "alpha_bar" },
  levelKind: "alpha_bar",
  output: "epsilon",
  predicts: "epsilon",
  channels: 3,
  imageRange: [-1, 1],
  sigmaMin: 0.01,
  sigmaMax: 157,
  sizeMultiple: 1,
  minimumSize: 8,
};

/** Where the network file lies. Pass it to `fileURLToPath`, or to `readFile` as it is. */
export const photoPriorUrl: URL = new URL(`../${photoPrior.file}`, import.meta.url);
