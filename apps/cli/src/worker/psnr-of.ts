import { float32Array, type HostTensor } from "@leader/graph";

/** PSNR in dB; grey is compared with colour as equal channels. Metrics are loaded only where there is something to compare with. */
export async function psnrOf(image: HostTensor, reference: HostTensor): Promise<number> {
  const { psnr } = await import("@leader/metrics");
  return await psnr().measure(inChannels(image, reference.shape[1]), inChannels(reference, image.shape[1]));
}

function inChannels({ shape, dtype, data }: HostTensor, wanted: number | undefined): HostTensor {
  const [n = 1, channels, height = 1, width = 1] = shape;
  if (shape.length !== 4 || n !== 1 || channels !== 1 || wanted !== 3) return { shape, dtype, data };
  return { shape: [1, 3, height, width], dtype, data: float32Array(3 * data.length, (i) => data[i % data.length]!) };
}
