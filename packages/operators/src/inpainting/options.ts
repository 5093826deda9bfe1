import { z } from "zod";
import { seedOption } from "../common/seed.js";

const pixelBox = z
  .strictObject({
    top: z.int().min(0).describe("first missing row, counted from 0"),
    left: z.int().min(0).describe("first missing column, counted from 0"),
    height: z.int().min(1).describe("missing rows"),
    width: z.int().min(1).describe("missing columns"),
  })
  .describe("a box in pixels");

const shareBox = z
  .strictObject({
    fraction: z.number().gt(0).lt(1).describe("sides of the box as a share of the sides of the picture"),
    centre: z
      .tuple([z.number().min(0).max(1), z.number().min(0).max(1)])
      .default([0.5, 0.5])
      .describe("centre of the box as [vertical, horizontal] shares of the picture, from the top left"),
  })
  .describe("a box in shares of the picture, for any size");

const random = z.strictObject({
  fraction: z.number().gt(0).lt(1).default(0.5).describe("share of the pixels that is missing"),
  seed: seedOption,
});

/** Where the missing pixels are; exactly one of the three. */
export const inpaintingOptions = z
  .strictObject({
    mask: z
      .string()
      .min(1)
      .optional()
      .describe(
        "file of the mask, of the size of the picture: white (from 0.5 on, or the larger of two values) is kept, black and transparent are missing",
      ),
    invert: z.boolean().default(false).describe("the mask means the opposite: white is missing, black is kept"),
    box: z.union([pixelBox, shareBox]).optional().describe("a missing box: { top, left, height, width } or { fraction, centre }"),
    random: random.optional().describe("missing pixels drawn at random, all channels alike"),
  })
  .refine((options) => [options.mask, options.box, options.random].filter((value) => value !== undefined).length === 1, {
    message: "give exactly one of mask, box and random",
  });

export type InpaintingOptions = z.output<typeof inpaintingOptions>;
export type PixelBox = z.output<typeof pixelBox>;
