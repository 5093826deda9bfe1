/** Units that have caused silent factor-of-two errors in this field, as types that do not mix. */

declare const unit: unique symbol;

/** Noise standard deviation for images whose values lie in [0,1]: what users write. */
export type UnitRangeNoise = number & { readonly [unit]: "noise on [0,1] images" };
/** Noise standard deviation for images whose values lie in [-1,1]: what the engine computes with. */
export type EngineNoise = number & { readonly [unit]: "noise on [-1,1] images" };

/** Marks a number that the user wrote as a noise level for [0,1] images. */
export const unitRangeNoise = (sigma: number): UnitRangeNoise => sigma as UnitRangeNoise;

/** The only place where a noise level changes its unit: [-1,1] is twice as wide as [0,1]. */
export const toEngineNoise = (sigma: UnitRangeNoise): EngineNoise => (2 * sigma) as EngineNoise;
