/** One layer of a feature network; `tap` marks outputs that are compared. */
export type Layer =
  | { readonly kind: "conv"; readonly weights: string; readonly stride: number; readonly pad: number; readonly tap?: true }
  | { readonly kind: "fire"; readonly weights: string; readonly tap?: true }
  | { readonly kind: "pool"; readonly ceil: boolean };

/** A feature network whose activations LPIPS compares. */
export interface BackboneSpec {
  readonly layers: readonly Layer[];
  /** Smallest side for which every layer has an output. */
  readonly least: number;
}

export type LpipsBackbone = "alex" | "squeeze";

const fire = (n: number, tap = false): Layer => ({ kind: "fire", weights: String(n), ...(tap ? { tap: true } : {}) });
const conv = (n: number, stride: number, pad: number): Layer => ({ kind: "conv", weights: `features.${n}`, stride, pad, tap: true });

/** The networks of LPIPS 0.1 in torchvision's layout. Every convolution is followed by a ReLU; pools are 3x3 with stride 2. */
export const lpipsBackbones: Readonly<Record<LpipsBackbone, BackboneSpec>> = {
  alex: {
    layers: [
      conv(0, 4, 2),
      { kind: "pool", ceil: false },
      conv(3, 1, 2),
      { kind: "pool", ceil: false },
      conv(6, 1, 1),
      conv(8, 1, 1),
      conv(10, 1, 1),
    ],
    least: 31,
  },
  squeeze: {
    layers: [
      { kind: "conv", weights: "0", stride: 2, pad: 0, tap: true },
      { kind: "pool", ceil: true },
      fire(3),
      fire(4, true),
      { kind: "pool", ceil: true },
      fire(6),
      fire(7, true),
      { kind: "pool", ceil: true },
      fire(9, true),
      fire(10, true),
      fire(11, true),
      fire(12, true),
    ],
    least: 17,
  },
};
