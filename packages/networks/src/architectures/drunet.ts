import { extents, type Tensor } from "@leader/core";
import { convolution, relu, type Layers } from "../layers/layers.js";
import { countIndices, type Architecture, type NetworkInputs, type ShapesByKey } from "./architecture.js";

interface DrunetShape {
  readonly channels: number;
  readonly widths: readonly [number, number, number, number];
  readonly blocks: number;
}

/** DRUNet, the denoiser of DPIR (Zhang et al. 2021): no normalisation, no bias, ReLU; the noise level is a plane beside the image. */
export const drunet: Architecture = {
  name: "drunet",
  title: "DRUNet (DPIR, KAIR)",
  recognises: (shapes) => shapes.has("m_head.weight") && shapes.has("m_tail.weight"),
  describe(shapes) {
    const shape = shapeOf(shapes);
    return {
      architecture: "drunet",
      summary: `DRUNet, ${shape.channels === 1 ? "grey" : "colour"}, ${shape.widths.join(",")} channels, ${shape.blocks} residual blocks a level`,
      channels: shape.channels,
      outputs: shape.channels,
      multiple: 8,
      settings: {},
      conditioning: "sigma",
      ignores: () => false,
      flagFor: (key) => (key.includes(".res.") ? "nb" : "nc or in_nc"),
      build: (net, inputs) => build(shape, net, inputs),
    };
  },
};

function shapeOf(shapes: ShapesByKey): DrunetShape {
  const rows = (key: string): number => shapes.get(key)?.[0] ?? 0;
  const head = shapes.get("m_head.weight") ?? [];
  const blocks = Math.max(1, countIndices(shapes, "m_body."));
  const below = (level: number): number => rows(`m_down${level}.${blocks}.weight`);
  return { channels: (head[1] ?? 1) - 1, widths: [head[0] ?? 0, below(1), below(2), below(3)], blocks };
}

function build({ channels, widths, blocks }: DrunetShape, net: Layers, { x, level }: NetworkInputs): Tensor {
  const [n, , height, width] = extents(x.shape, 4);
  const plane = level.reshape([1, 1, 1, 1]).expand([n, 1, height, width]);
  const states = [conv(net.at("m_head"), x.concat([plane], 1), widths[0])];
  for (const i of [1, 2, 3] as const) {
    const down = net.at(`m_down${i}`);
    const h = residuals(down, 0, blocks, states[i - 1]!);
    states.push(convolution(down.at(blocks), h, widths[i], 2, { stride: 2, bias: false, pads: [0, 0, 0, 0] }));
  }
  let h = residuals(net.at("m_body"), 0, blocks, states[3]!);
  for (const i of [3, 2, 1] as const) {
    const up = net.at(`m_up${i}`);
    const kernel = up.at(0).weight("weight", [widths[i], widths[i - 1]!, 2, 2]);
    h = residuals(up, 1, blocks, h.add(states[i]!).convTranspose(kernel, { strides: [2, 2] }));
  }
  return conv(net.at("m_tail"), h.add(states[0]!), channels);
}

const conv = (net: Layers, x: Tensor, out: number): Tensor => convolution(net, x, out, 3, { bias: false });

/** x + conv3(relu(conv3 x)), several times. */
function residuals(net: Layers, first: number, blocks: number, x: Tensor): Tensor {
  let h = x;
  for (let i = first; i < first + blocks; i++) {
    const at = net.at(i).at("res");
    h = h.add(conv(at.at(2), relu(conv(at.at(0), h, h.shape[1]!)), h.shape[1]!));
  }
  return h;
}
