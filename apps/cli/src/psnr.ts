import type { HostTensor } from "@leader/core";

/**
 * Peak signal-to-noise ratio in dB of two pictures in [-1,1]: clamped, all channels together, float, peak 1 on the [0,1] scale
 * (the convention of DDRM and DDNM).
 */
export function psnr(a: HostTensor, b: HostTensor): number {
  const clamp = (v: number): number => (Math.min(1, Math.max(-1, v)) + 1) / 2;
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (clamp(a.data[i]!) - clamp(b.data[i]!)) ** 2;
  return -10 * Math.log10(sum / a.data.length);
}
