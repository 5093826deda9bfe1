/** Every operation of the standard that the reader has, by name. */
import type { OpRule } from "../node-context.js";
import { activation } from "./activation.js";
import { attentions } from "./attention.js";
import { controls } from "./control.js";
import { convs } from "./conv.js";
import { elementwise } from "./elementwise.js";
import { fouriers } from "./fourier.js";
import { gathers } from "./gather.js";
import { gridSamples } from "./grid-sample.js";
import { matmuls } from "./matmul.js";
import { movement } from "./movement.js";
import { normalizations } from "./normalization.js";
import { pools } from "./pool.js";
import { reduce } from "./reduce.js";
import { resizes } from "./resize.js";
import { rotaries } from "./rotary.js";
import { shapes } from "./shape.js";

/** A map, so that names from a file never reach a prototype. */
export const opRules: ReadonlyMap<string, OpRule> = new Map(
  [
    activation,
    attentions,
    controls,
    convs,
    elementwise,
    fouriers,
    gathers,
    gridSamples,
    matmuls,
    movement,
    normalizations,
    pools,
    reduce,
    resizes,
    rotaries,
    shapes,
  ].flatMap((group) => Object.entries(group)),
);
