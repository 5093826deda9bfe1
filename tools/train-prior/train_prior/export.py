"""Writes a checkpoint as the ONNX file of the package: alpha_bar contract, any size, float16 convolutions.

The graph is built by hand, from few and common ops, rather than traced: it stays readable, its shape arithmetic is six
integer nodes that fold once the size is known, and it does not change with the exporter.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from .model import SIGMA_DATA, STRIDE, EpsilonModel, PriorNetwork

OPSET = 20
IR_VERSION = 10


class GraphWriter:
    """Collects nodes and initialisers; every method returns the name of its result."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}

    def op(self, kind: str, *inputs: str, name: str | None = None, **attributes: object) -> str:
        result = name or f"v{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [result], name=f"{kind}_{len(self.nodes)}", **attributes))
        return result

    def constant(self, value: np.ndarray, name: str) -> str:
        self.initializers.setdefault(name, numpy_helper.from_array(value, name))
        return name

    def scalar(self, value: float) -> str:
        return self.constant(np.float32(value).reshape(()), f"const_{value:g}")

    def ints(self, *values: int) -> str:
        return self.constant(np.array(values, np.int64), "ints_" + "_".join(map(str, values)))

    def half(self, value: np.ndarray, name: str) -> str:
        """Stored as float16, used as float32: half the file, full arithmetic."""
        self.constant(value.astype(np.float16), name)
        return self.op("Cast", name, name=f"{name}.f32", to=TensorProto.FLOAT)

    def silu(self, h: str) -> str:
        return self.op("Mul", h, self.op("Sigmoid", h))


class PriorGraph:
    """The network of `model.py`, op by op."""

    def __init__(self, net: PriorNetwork) -> None:
        self.w = {k: v.detach().float().cpu().numpy() for k, v in net.state_dict().items()}
        self.g = GraphWriter()

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray, name: str) -> str:
        # The noise embedding is tiny and everything multiplies by it: it stays in float32.
        return self.g.op("Gemm", x, self.g.constant(weight, f"{name}.weight"), self.g.constant(bias, f"{name}.bias"), transB=1)

    def conv(self, x: str, name: str, stride: int = 1, pad: int = 1, transposed: bool = False) -> str:
        kernel = self.w[f"{name}.weight"]
        return self.g.op(
            "ConvTranspose" if transposed else "Conv", x,
            self.g.half(kernel, f"{name}.weight"), self.g.constant(self.w[f"{name}.bias"], f"{name}.bias"),
            kernel_shape=list(kernel.shape[2:]), strides=[stride, stride], pads=[pad] * 4,
        )

    def block(self, h: str, level: str, name: str) -> str:
        g = self.g
        inner = self.conv(g.silu(h), f"{name}.a")
        width = len(self.w[f"{name}.a.bias"])
        # Two products instead of one and a split: no slicing by shape in the graph.
        scale = self.linear(level, self.w[f"{name}.f.weight"][:width], self.w[f"{name}.f.bias"][:width] + 1, f"{name}.scale")
        shift = self.linear(level, self.w[f"{name}.f.weight"][width:], self.w[f"{name}.f.bias"][width:], f"{name}.shift")
        axes = g.ints(2, 3)
        inner = g.op("Mul", inner, g.op("Unsqueeze", scale, axes))
        inner = g.op("Add", inner, g.op("Unsqueeze", shift, axes))
        return g.op("Add", h, self.conv(g.silu(inner), f"{name}.b"))

    def embed(self, sigma: str) -> str:
        """sigma [N, 1] to the noise embedding [N, 64]."""
        g = self.g
        phase = g.op("Mul", g.op("Div", g.op("Log", sigma), g.scalar(4)), g.constant(self.w["freq"].reshape(1, -1), "freq"))
        h = g.op("Concat", g.op("Sin", phase), g.op("Cos", phase), axis=1)
        h = g.silu(self.linear(h, self.w["e1.weight"], self.w["e1.bias"], "e1"))
        return g.silu(self.linear(h, self.w["e2.weight"], self.w["e2.bias"], "e2"))

    def unshuffling_conv(self, x: str) -> str:
        """Pixel-unshuffle by 2 and the 3x3 convolution after it, as the one 6x6 convolution of stride 2 that they are."""
        folded = self.w["inp.weight"]  # [out, 3 * 2 * 2, 3, 3], channel = colour * 4 + row * 2 + column
        out = folded.shape[0]
        kernel = folded.reshape(out, 3, 2, 2, 3, 3).transpose(0, 1, 4, 2, 5, 3).reshape(out, 3, 6, 6)
        return self.g.op(
            "Conv", x, self.g.half(kernel, "inp.weight"), self.g.constant(self.w["inp.bias"], "inp.bias"),
            kernel_shape=[6, 6], strides=[2, 2], pads=[2] * 4,
        )

    def network(self, x: str, sigma: str) -> str:
        g = self.g
        level = self.embed(sigma)
        h = self.unshuffling_conv(x)
        skips = []
        for i in (0, 1):
            h = self.block(self.block(h, level, f"dblk.{i}.0"), level, f"dblk.{i}.1")
            skips.append(h)
            h = self.conv(h, f"down.{i}", stride=2, pad=0)
        h = self.block(self.block(h, level, "mid.0"), level, "mid.1")
        for i in (1, 0):
            h = g.op("Add", self.conv(h, f"up.{i}", stride=2, pad=0, transposed=True), skips[i])
            h = self.block(self.block(h, level, f"ublk.{i}.0"), level, f"ublk.{i}.1")
        return g.op("DepthToSpace", self.conv(g.silu(h), "out"), blocksize=2, mode="CRD")

    def pad(self, x: str) -> tuple[str, str]:
        """x mirrored at its lower and right edges up to the stride, and its size before that."""
        g = self.g
        size = g.op("Slice", g.op("Shape", x), g.ints(2), g.ints(4))
        stride = g.ints(STRIDE)
        blocks = g.op("Div", g.op("Add", size, g.ints(STRIDE - 1)), stride)
        extra = g.op("Sub", g.op("Mul", blocks, stride), size)
        pads = g.op("Concat", g.ints(0, 0, 0, 0, 0, 0), extra, axis=0)
        return g.op("Pad", x, pads, mode="reflect"), size

    def epsilon(self) -> None:
        g = self.g
        padded, size = self.pad("x")
        column = g.op("Unsqueeze", "alpha_bar", g.ints(1))  # [N, 1]
        sigma = g.op("Sqrt", g.op("Div", g.op("Sub", g.scalar(1), column), column))
        axes = g.ints(2, 3)
        s = g.op("Unsqueeze", sigma, axes)
        total = g.op("Add", g.op("Mul", s, s), g.scalar(SIGMA_DATA**2))
        root = g.op("Sqrt", total)
        z = g.op("Div", padded, g.op("Unsqueeze", g.op("Sqrt", column), axes))
        f = self.network(g.op("Div", z, root), sigma)
        linear = g.op("Mul", z, g.op("Div", s, total))
        learned = g.op("Mul", f, g.op("Div", g.scalar(SIGMA_DATA), root))
        full = g.op("Sub", linear, learned)
        g.op("Slice", full, g.ints(0, 0), size, g.ints(2, 3), name="epsilon")


def build_model(net: PriorNetwork, description: str) -> onnx.ModelProto:
    graph = PriorGraph(net)
    graph.epsilon()
    image = ["N", 3, "H", "W"]
    model = helper.make_model(
        helper.make_graph(
            graph.g.nodes, "photo_prior",
            [
                helper.make_tensor_value_info("x", TensorProto.FLOAT, image),
                helper.make_tensor_value_info("alpha_bar", TensorProto.FLOAT, ["N"]),
            ],
            [helper.make_tensor_value_info("epsilon", TensorProto.FLOAT, image)],
            initializer=list(graph.g.initializers.values()),
            doc_string=description,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION, producer_name="train-prior",
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def verify(model_bytes: bytes, net: PriorNetwork) -> float:
    """Largest difference to PyTorch, over noise levels and odd sizes, in units of epsilon."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model_bytes, providers=["CPUExecutionProvider"])
    reference = EpsilonModel(net).eval()
    rng = np.random.default_rng(0)
    worst = 0.0
    for batch, height, width, sigma in ((1, 64, 64, 0.01), (2, 97, 131, 0.1), (1, 33, 40, 1.0), (3, 8, 9, 10.0), (1, 71, 50, 157.0)):
        x = rng.standard_normal((batch, 3, height, width)).astype(np.float32)
        alpha_bar = np.full(batch, 1 / (1 + sigma**2), np.float32)
        (got,) = session.run(None, {"x": x, "alpha_bar": alpha_bar})
        with torch.no_grad():
            want = reference(torch.from_numpy(x), torch.from_numpy(alpha_bar)).numpy()
        worst = max(worst, float(np.abs(got - want).max()))
    return worst


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="train_prior.export", description=__doc__)
    p.add_argument("--checkpoint", type=Path, required=True)
    p.add_argument("--onnx", type=Path, required=True, help="file to write")
    p.add_argument("--raw-weights", action="store_true", help="the last weights instead of their average")
    args = p.parse_args(argv)
    state = torch.load(args.checkpoint, map_location="cpu", weights_only=True)
    net = PriorNetwork().eval()
    net.load_state_dict(state["net" if args.raw_weights else "ema"])
    data = build_model(net, "Epsilon predictor for photographs in [-1, 1], variance-preserving state.").SerializeToString()
    worst = verify(data, net)
    # float16 rounding of the weights, and nothing else, separates the two.
    if worst > 0.05:
        raise SystemExit(f"the exported graph differs from the network by {worst:.3g}")
    args.onnx.write_bytes(data)
    print(f"{args.onnx}: {len(data)} bytes, sha256 {hashlib.sha256(data).hexdigest()}, differs by {worst:.2g}")


if __name__ == "__main__":
    main()
