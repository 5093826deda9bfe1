import sharp from "sharp";
import type { Aval } from "@leader/graph";
import type { Pipeline } from "leader-restore";
import { stringify } from "yaml";
import { errors } from "../error-codes.js";
import type { OpenPipelines } from "./open-pipelines.js";
import type { Inspected, Inspection } from "./protocol.js";

/**
 * Checks a request as far as it can be without computing: the pipeline, the size of the picture and that of the result.
 * Errors: `ConfigError`, `PIXELS`, `NOT_A_PICTURE`, `NO_UNCERTAINTY`, the operator's own.
 */
export async function inspect(opened: OpenPipelines, { pipeline: source, picture, pixels, uncertainty }: Inspection): Promise<Inspected> {
  const { width, height } = await sizeOf(picture);
  if (width * height > pixels) throw errors.PIXELS({ what: "the picture", width, height, limit: pixels });
  const pipeline = await opened.pipeline(source);
  if (uncertainty && pipeline.config.uncertainty === undefined) throw errors.NO_UNCERTAINTY({});
  const image = await imageFor(pipeline, height, width);
  const [, , resultHeight = 0, resultWidth = 0] = image.shape;
  if (resultWidth * resultHeight > pixels)
    throw errors.PIXELS({ what: "the result", width: resultWidth, height: resultHeight, limit: pixels });
  return {
    config: pipeline.config,
    hash: pipeline.hash,
    composed: Object.keys(source.params).length === 0 ? undefined : stringify(pipeline.composed, { indent: 2 }),
    result: { width: resultWidth, height: resultHeight },
  };
}

/** Width and height as the picture is seen, from its head: nothing is decoded. */
async function sizeOf(picture: Uint8Array): Promise<{ readonly width: number; readonly height: number }> {
  try {
    const { autoOrient } = await sharp(picture, { limitInputPixels: false }).metadata();
    return autoOrient;
  } catch (cause) {
    throw errors.NOT_A_PICTURE({ problem: cause instanceof Error ? cause.message.split("\n")[0]! : "unknown" }, { cause });
  }
}

/** An operator may take colour or grey only. */
async function imageFor(pipeline: Pipeline, height: number, width: number): Promise<Aval> {
  const measurement = (channels: number): Aval => ({ shape: [1, channels, height, width], dtype: "float32" });
  return await pipeline.imageFor(measurement(3)).catch(async (error: unknown) => {
    return await pipeline.imageFor(measurement(1)).catch(() => {
      throw error;
    });
  });
}
