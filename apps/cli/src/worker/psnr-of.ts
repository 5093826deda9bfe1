import type { HostTensor } from "@leader/graph";

/** PSNR in dB. Metrics are loaded only where there is something to compare with. */
export async function psnrOf(image: HostTensor, reference: HostTensor): Promise<number> {
  const { psnr } = await import("@leader/metrics");
  return await psnr().measure(image, reference);
}
