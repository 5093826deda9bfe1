import type { Aval, HostTensor, Tensor } from "@leader/graph";

/**
 * A full singular value decomposition A = U diag(s) V^T in matrix-free form. Coefficients have one entry per
 * dimension of the domain (V is square), so the null space of A is where s is 0.
 */
export interface SpectralForm {
  /** Shape of a coefficient tensor, with as many elements as the domain. */
  readonly shape: readonly number[];
  /** s, non-negative, of a shape that broadcasts to `shape`. Values below the operator's threshold are exactly 0. */
  readonly singularValues: HostTensor;
  /** Coefficients to image. */
  v(coefficients: Tensor): Tensor;
  /** Image to coefficients: the inverse of `v`. */
  vt(x: Tensor): Tensor;
  /** Coefficients to measurement; entries with s = 0 are ignored. */
  u(coefficients: Tensor): Tensor;
  /** Measurement to coefficients; entries with s = 0 are set to 0. */
  ut(y: Tensor): Tensor;
}

/**
 * A linear degradation y = A x as traced tensor code. Images are [N,C,H,W] in [-1,1].
 * An absent member means that the operator does not have this power; nobody throws "not implemented".
 */
export interface LinearOperator {
  /** For messages: `blur`, `super-resolution`. */
  readonly name: string;
  /** Type of the image x. */
  readonly domain: Aval;
  /** Type of the measurement y. */
  readonly range: Aval;
  /** A x. */
  apply(x: Tensor): Tensor;
  /** A^T y. Derived by transposing `apply` unless the author gives a closed form. */
  adjoint(y: Tensor): Tensor;
  /** Moore-Penrose pseudo-inverse A^+ y, with thresholding where the operator documents it. */
  readonly pinv?: (y: Tensor) => Tensor;
  /** For methods that work on singular values (DDRM, Kawar et al. 2022). */
  readonly svd?: SpectralForm;
  /** argmin_x ||A x - y||^2 + rho ||x - z||^2, rho > 0 a scalar tensor. */
  readonly proxL2?: (z: Tensor, y: Tensor, rho: Tensor) => Tensor;
  /**
   * About (A A^T + rho)^-1 u, where nothing exact is cheap: symmetric and positive definite, rho > 0 a scalar tensor. Conjugate gradients
   * preconditioned by it need a few iterations.
   */
  readonly normalInverse?: (u: Tensor, rho: Tensor) => Tensor;
  /** 1 where an entry of y is measured, 0 where it only fills the picture (inpainting); broadcasts to y. Absent: everything is measured. */
  readonly measured?: HostTensor;
}

/** A rectangle of an image, in pixels. */
export interface ImagePart {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/**
 * What lets large pictures be restored part by part: every entry of the measurement looks at a neighbourhood of its place only.
 * `describeLocality` checks that A of a part is the part of A x.
 */
export interface OperatorLocality {
  /** Image pixels per pixel of the measurement and side; parts begin and end at multiples of it. */
  readonly stride: number;
  /** Image pixels from the border of a part up to which its measurement may differ from that of the whole. */
  readonly reach: number;
  /** Whether the coefficients of `svd` are those of pixels: only then has what is drawn for a coefficient a place in the picture. */
  readonly coefficients: "pixels" | "others";
  /** The operator of a part of an image. Absent: that of any image of the part's size. */
  at?(image: Aval, part: ImagePart): LinearOperator;
}

/**
 * A smaller restoration in place of that of a picture: for what a prior knows of whole scenes and not of details, such as colours. The mean of
 * several is laid over the measurement, which has the details.
 */
export interface SmallRestoration {
  /** Restorations of the smaller image, each with noise of its own. */
  readonly draws: number;
  /** The type of the smaller image for an image. */
  imageFor(image: Aval): Aval;
  /** The measurement of the smaller image. */
  reduce(y: Tensor, small: Aval): Tensor;
  /** Rows of the image of a measurement: a large picture is made some rows at a time. */
  enlarge(rows: EnlargedRows): Tensor;
}

/** What rows of an image are made of. */
export interface EnlargedRows {
  /** The mean of the smaller restorations, and their measurement. */
  readonly mean: Tensor;
  readonly reduced: Tensor;
  /** The measurement of the rows. */
  readonly y: Tensor;
  /** [n] Where the middle of each row lies in the smaller image: 0 is the middle of its first row. */
  readonly places: Tensor;
}

/** What an operator plugin makes from its options: the same degradation for any image size. */
export interface OperatorFactory {
  /** Type of the image that a measurement of this type restores to; a coded error if there is none. */
  imageFor(measurement: Aval): Aval;
  /** The operator for images of this type; a coded error if the size does not fit. */
  at(image: Aval): LinearOperator;
  /** Absent: a measurement may depend on the whole picture. */
  readonly locality?: OperatorLocality;
  /** True if A x = x: the measurement is the picture itself, of whatever tones. Only then is noise that grows with brightness made even before sampling. */
  readonly identity?: boolean;
  /** Absent: pictures are restored at their own size. */
  readonly small?: SmallRestoration;
}
