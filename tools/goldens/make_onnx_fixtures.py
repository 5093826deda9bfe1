"""Makes packages/graph/test/onnx-fixtures: small networks of random weights, as PyTorch's exporters write them.

    pip install -r tools/goldens/requirements.txt
    python tools/goldens/make_onnx_fixtures.py packages/graph/test/onnx-fixtures

Each fixture is `<name>.onnx` and `<name>.json`: inputs, PyTorch's outputs (base64 of little-endian arrays) and where they come from.
"""

import argparse
import base64
import datetime
import json
import math
import pathlib
import warnings

import numpy as np
import onnx
import torch
from torch import nn
from torch.nn import functional as F

SEED = 20261123


class Attention(nn.Module):
    """Self-attention over pixels with heads, written with matrix products or with einsum."""

    def __init__(self, channels, heads, einsum):
        super().__init__()
        self.heads, self.einsum = heads, einsum
        self.norm = nn.GroupNorm(4, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.out = nn.Conv1d(channels, channels, 1)

    def forward(self, x):
        n, c, h, w = x.shape
        qkv = self.qkv(self.norm(x).reshape(n, c, h * w))
        q, k, v = qkv.reshape(n * self.heads, 3 * c // self.heads, h * w).chunk(3, dim=1)
        scale = 1 / math.sqrt(c // self.heads)
        if self.einsum:
            weight = torch.einsum("bct,bcs->bts", q * scale, k).softmax(dim=-1)
            y = torch.einsum("bts,bcs->bct", weight, v)
        else:
            q, k, v = (m.reshape(n, self.heads, c // self.heads, h * w).transpose(2, 3) for m in (q, k, v))
            y = F.scaled_dot_product_attention(q, k, v).transpose(2, 3)
        return x + self.out(y.reshape(n, c, h * w)).reshape(n, c, h, w)


class Block(nn.Module):
    """Residual block with scale and shift by the time embedding."""

    def __init__(self, c_in, c_out, embedding):
        super().__init__()
        self.norm1, self.conv1 = nn.GroupNorm(4, c_in), nn.Conv2d(c_in, c_out, 3, padding=1)
        self.embed = nn.Linear(embedding, 2 * c_out)
        self.norm2, self.conv2 = nn.GroupNorm(4, c_out), nn.Conv2d(c_out, c_out, 3, padding=1)
        self.skip = nn.Identity() if c_in == c_out else nn.Conv2d(c_in, c_out, 1)

    def forward(self, x, t):
        h = self.conv1(F.silu(self.norm1(x)))
        scale, shift = self.embed(F.silu(t))[:, :, None, None].chunk(2, dim=1)
        h = self.conv2(F.silu(self.norm2(h) * (1 + scale) + shift))
        return self.skip(x) + h


def timestep_embedding(t, size):
    half = size // 2
    frequencies = torch.exp(-math.log(10000.0) * torch.arange(half, dtype=torch.float32, device=t.device) / half)
    angles = t.float()[:, None] * frequencies[None]
    return torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1)


class UNet(nn.Module):
    """Two levels; `up` chooses how the image grows again."""

    def __init__(self, up, einsum=False, channels=8, out_channels=3):
        super().__init__()
        c, e = channels, 2 * channels
        self.size = c
        self.up_kind = up
        self.time = nn.Sequential(nn.Linear(c, e), nn.SiLU(), nn.Linear(e, e))
        self.head = nn.Conv2d(3, c, 3, padding=1)
        self.block1, self.down = Block(c, c, e), nn.Conv2d(c, c, 3, stride=2, padding=1)
        self.block2, self.attention, self.block3 = Block(c, 2 * c, e), Attention(2 * c, 2, einsum), Block(2 * c, 2 * c, e)
        if up == "transposed":
            self.up = nn.ConvTranspose2d(2 * c, c, 4, stride=2, padding=1)
        elif up == "shuffle":
            self.up = nn.Sequential(nn.Conv2d(2 * c, 4 * c, 1), nn.PixelShuffle(2))
        else:
            self.up = nn.Conv2d(2 * c, c, 3, padding=1)
        self.block4 = Block(2 * c, c, e)
        self.tail = nn.Sequential(nn.GroupNorm(4, c), nn.SiLU(), nn.Conv2d(c, out_channels, 3, padding=1))

    def forward(self, x, timestep):
        t = self.time(timestep_embedding(timestep, self.size).to(x.dtype))
        a = self.block1(self.head(x), t)
        h = self.block3(self.attention(self.block2(self.down(a), t)), t)
        if self.up_kind == "nearest":
            h = F.interpolate(h, scale_factor=2.0, mode="nearest")
        if self.up_kind == "bilinear":
            h = F.interpolate(h, size=a.shape[-2:], mode="bilinear", align_corners=False)
        return self.tail(self.block4(torch.cat([self.up(h), a], dim=1), t))


class Layers(nn.Module):
    """Layers that the U-Nets do not use: poolings, other norms, paddings, activations, window partition."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1, groups=1, padding_mode="reflect")
        self.batch = nn.BatchNorm2d(8)
        self.batch.running_mean.uniform_(-0.3, 0.3)
        self.batch.running_var.uniform_(0.5, 2)
        self.instance = nn.InstanceNorm2d(8, affine=True)
        self.layer = nn.LayerNorm(8)
        self.mix = nn.MultiheadAttention(8, 2, batch_first=True)
        self.head = nn.Linear(8, 5)
        self.prelu = nn.PReLU(8)

    def forward(self, x):
        h = self.prelu(self.batch(self.conv(x)))
        h = h + F.interpolate(F.max_pool2d(h, 3, stride=2, padding=1), size=h.shape[-2:], mode="bicubic", align_corners=True)
        h = h + F.pad(F.avg_pool2d(h, 3, stride=1, padding=1, count_include_pad=False), (1, -1, 0, 0), mode="constant", value=0.5)
        h = F.mish(self.instance(h)) + F.gelu(h, approximate="tanh") + F.gelu(h) + F.leaky_relu(h, 0.2) + F.hardswish(h)
        n, c, height, width = h.shape
        windows = h.reshape(n, c, height // 4, 4, width // 4, 4).permute(0, 2, 4, 3, 5, 1).reshape(-1, 16, c)
        windows = torch.roll(windows, 1, dims=1)
        mixed, _ = self.mix(self.layer(windows), windows, windows, need_weights=False)
        pooled = F.adaptive_avg_pool2d(h, 1).flatten(1)
        return torch.log_softmax(self.head(mixed.mean(dim=(0, 1), keepdim=False)[None] + pooled), dim=1), F.pixel_unshuffle(h, 2)


def export(model, inputs, path, opset, exporter, names, dynamic=False, external=False):
    outputs = ["output"] if not isinstance(model, Layers) else ["classes", "features"]
    common = dict(input_names=names, output_names=outputs, opset_version=opset, external_data=external)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if exporter == "torchscript":
            axes = {names[0]: {0: "batch", 2: "height", 3: "width"}} if dynamic else None
            common.pop("external_data")
            torch.onnx.export(model, inputs, path, dynamo=False, dynamic_axes=axes, do_constant_folding=True, **common)
        else:
            shapes = None
            if dynamic:
                dim = torch.export.Dim
                half_height, half_width = dim("half_height", min=2, max=64), dim("half_width", min=2, max=64)
                shapes = ({2: 2 * half_height, 3: 2 * half_width}, None)
            torch.onnx.export(model, inputs, path, dynamo=True, dynamic_shapes=shapes, optimize=True, verbose=False, **common)


def encode(tensor):
    array = tensor.detach().cpu().numpy()
    array = array.astype(np.int32 if array.dtype.kind == "i" else np.float32)
    return {"dtype": str(array.dtype), "shape": list(array.shape), "data": base64.b64encode(array.tobytes()).decode()}


def make(folder, name, model, inputs, opset, exporter, dynamic=False, half=False, external=False, seed=SEED):
    names = ["x", "timestep"][: len(inputs)]
    model.eval()
    path = folder / f"{name}.onnx"
    if half:
        model.half()
        export(model, (inputs[0].half(), *inputs[1:]), str(path), opset, exporter, names, dynamic)
        model.float()
    else:
        export(model, inputs, str(path), opset, exporter, names, dynamic, external)
    slim(path, external)
    with torch.no_grad():
        results = model(*inputs)
    results = results if isinstance(results, tuple) else (results,)
    stated = onnx.load(str(path), load_external_data=False)
    record = {
        "producer": f"torch {torch.__version__}, onnx {onnx.__version__}, exporter {exporter}, tools/goldens/make_onnx_fixtures.py",
        "seed": seed,
        "created": datetime.date.today().isoformat(),
        "opset": next(entry.version for entry in stated.opset_import if entry.domain == ""),
        "inputs": {n: encode(value) for n, value in zip(names, inputs)},
        "outputs": {o.name: encode(value) for o, value in zip(stated.graph.output, results)},
    }
    (folder / f"{name}.json").write_text(json.dumps(record, indent=1) + "\n")
    print(name, record["opset"], sum(f.stat().st_size for f in folder.glob(f"{name}.*")), sorted({node.op_type for node in stated.graph.node}))


def slim(path, external):
    """Drops what exporters add about the machine: source lines, stack traces, intermediate types."""
    model = onnx.load(str(path), load_external_data=False)
    del model.graph.value_info[:]
    for nodes in [model.graph.node, *(function.node for function in model.functions)]:
        for node in nodes:
            node.doc_string = ""
            del node.metadata_props[:]
    for function in model.functions:
        del function.value_info[:]
        del function.metadata_props[:]
    for value in [*model.graph.input, *model.graph.output, *model.graph.initializer]:
        del value.metadata_props[:]
    del model.metadata_props[:]
    del model.graph.metadata_props[:]
    path.write_bytes(model.SerializeToString())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)

    def image(*shape):
        return torch.randn(*shape)

    cases = [
        ("unet-torchscript-13", lambda: UNet("nearest", einsum=True), dict(opset=13, exporter="torchscript")),
        ("unet-torchscript-17-dynamic", lambda: UNet("bilinear", einsum=True), dict(opset=17, exporter="torchscript", dynamic=True)),
        ("unet-torchscript-17-half", lambda: UNet("transposed"), dict(opset=17, exporter="torchscript", half=True)),
        ("unet-dynamo-18-dynamic", lambda: UNet("nearest", out_channels=6), dict(opset=18, exporter="dynamo", dynamic=True)),
        ("unet-dynamo-18-external", lambda: UNet("transposed"), dict(opset=18, exporter="dynamo", external=True)),
        ("unet-dynamo-21", lambda: UNet("shuffle", einsum=True), dict(opset=21, exporter="dynamo")),
    ]
    for name, build, options in cases:
        torch.manual_seed(SEED)
        make(folder, name, build(), (image(2 if not options.get("dynamic") else 1, 3, 12, 8), torch.tensor([321.0] if options.get("dynamic") else [321.0, 7.0])), **options)
    for exporter, opset in [("torchscript", 14), ("torchscript", 17), ("dynamo", 18), ("dynamo", 21)]:
        torch.manual_seed(SEED)
        make(folder, f"layers-{exporter}-{opset}", Layers(), (image(1, 3, 8, 12),), opset, exporter)


if __name__ == "__main__":
    main()
