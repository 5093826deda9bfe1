"""Makes packages/graph/test/exporter-fixtures: one small U-Net as PyTorch's exporter writes it for many operator sets, axes and options.

    python3 tools/goldens/make_exporter_fixtures.py packages/graph/test/exporter-fixtures

Made with PyTorch 1.13 and onnx 1.12 (Debian's python3-torch and python3-onnx); make_onnx_fixtures.py covers PyTorch 2. Files are packed, since
most of such a file are names. What PyTorch 1.13 cannot do is stated in the table as well, with its message.
"""

import argparse
import base64
import gzip
import json
import math
import pathlib
import warnings

import numpy as np
import onnx
import torch
from make_network_goldens import filled, noise
from torch import nn
from torch.nn import functional as F


class Network(nn.Module):
    """What the networks of the field are made of, once each, in widths of 4 and 8."""

    def __init__(self, einsum):
        super().__init__()
        self.einsum = einsum
        self.time = nn.Sequential(nn.Linear(4, 8), nn.SiLU(), nn.Linear(8, 8))
        self.head, self.shift = nn.Conv2d(3, 4, 3, padding=1), nn.Linear(8, 8)
        self.norm1, self.down = nn.GroupNorm(2, 4), nn.Conv2d(4, 8, 3, stride=2)
        self.norm2, self.qkv, self.out = nn.GroupNorm(2, 8), nn.Conv1d(8, 24, 1), nn.Conv1d(8, 8, 1)
        self.up, self.tail = nn.Conv2d(8, 4, 3, padding=1), nn.Conv2d(8, 6, 3, padding=1)

    def forward(self, x, timestep):
        angles = timestep.float()[:, None] * torch.exp(-math.log(10000) * torch.arange(2, dtype=torch.float32) / 2)[None]
        emb = self.time(torch.cat([torch.cos(angles), torch.sin(angles)], dim=-1).to(x.dtype))
        first = self.head(x)
        scale, shift = self.shift(F.silu(emb))[:, :, None, None].chunk(2, dim=1)
        h = F.silu(self.norm1(first) * (1 + scale) + shift)
        h = self.down(F.pad(h, (0, 1, 0, 1)))
        n, c, height, width = h.shape
        q, k, v = self.qkv(self.norm2(h).reshape(n, c, -1)).reshape(n * 2, 12, height * width).split(4, dim=1)
        if self.einsum:
            weight = torch.einsum("bct,bcs->bts", q * 0.5, k).softmax(dim=-1)
            mixed = torch.einsum("bts,bcs->bct", weight, v)
        else:
            mixed = torch.bmm(v, torch.bmm(q.permute(0, 2, 1) * 0.5, k).softmax(dim=-1).permute(0, 2, 1))
        h = h + self.out(mixed.reshape(n, c, -1)).reshape(n, c, height, width)
        h = self.up(F.interpolate(h, scale_factor=2.0, mode="nearest"))
        return self.tail(torch.cat([h, first], dim=1))


AXES = {"fixed": {}, "batch": {0: "batch"}, "size": {2: "height", 3: "width"}, "all": {0: "batch", 2: "height", 3: "width"}}
PLAIN = dict(axes="fixed", folding=True, einsum=False, timestep="float32", type="float32", weights="inside", inputs=False)
CASES = [
    *[dict(opset=opset) for opset in range(9, 18)],
    *[dict(opset=opset, axes=axes) for opset in (9, 11, 13, 17) for axes in ("batch", "size", "all")],
    *[dict(opset=opset, axes=axes, folding=False) for opset in (9, 13, 17) for axes in ("fixed", "all")],
    *[dict(opset=opset, axes="all", einsum=True) for opset in (12, 17)],
    *[dict(opset=opset, timestep="int64", axes=axes) for opset in (11, 17) for axes in ("fixed", "all")],
    dict(opset=9, inputs=True),
    dict(opset=17, weights="beside", axes="all"),
    dict(opset=17, type="float16"),
]


def tensors(batch, height, width, timestep):
    x = torch.from_numpy(noise("image", batch * 3 * height * width).reshape(batch, 3, height, width)).float()
    return x, torch.tensor([321, 7][:batch], dtype=getattr(torch, timestep))


def export(module, case, path):
    inputs = tensors(1, 8, 12, case["timestep"])
    if case["type"] == "float16":
        module, inputs = module.half(), (inputs[0].half(), inputs[1])
    axes = AXES[case["axes"]]
    dynamic = {"x": axes, "output": axes, **({"timestep": {0: "batch"}} if 0 in axes else {})} if axes else None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module, inputs, str(path), input_names=["x", "timestep"], output_names=["output"], opset_version=case["opset"],
            do_constant_folding=case["folding"], dynamic_axes=dynamic, keep_initializers_as_inputs=case["inputs"] or None,
        )
    if case["weights"] == "beside":
        onnx.save(onnx.load(str(path)), str(path), save_as_external_data=True, location=f"{path.name}.data", size_threshold=0)


def encode(tensor):
    return base64.b64encode(tensor.float().numpy().tobytes()).decode()


def filled_network(einsum):
    module = Network(einsum).eval()
    for key, tensor in module.state_dict().items():
        tensor.copy_(torch.from_numpy(filled(key, tensor.shape)))
    return module


def make(folder, case):
    name = "-".join(
        [str(case["opset"]).zfill(2), case["axes"], "folded" if case["folding"] else "unfolded", case["timestep"]]
        + ["einsum"] * case["einsum"] + ["weights-as-inputs"] * case["inputs"] + ["beside"] * (case["weights"] == "beside")
        + ["half"] * (case["type"] == "float16")
    )
    module = filled_network(case["einsum"])
    path = folder / f"{name}.onnx"
    try:
        export(module, case, path)
    except RuntimeError as error:
        return {"name": name, **case, "refused": str(error).splitlines()[0]}
    for file in (path, folder / f"{path.name}.data"):
        if file.exists():
            (folder / f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
            file.unlink()
    return {"name": name, **case}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    made = [make(folder, {**PLAIN, **case}) for case in CASES]
    module = filled_network(einsum=False)
    outputs = [
        {"shape": shape, "output": encode(module(*tensors(shape[0], *shape[2:], "float32")))}
        for shape in ([1, 3, 8, 12], [2, 3, 8, 12], [1, 3, 12, 16])
    ]
    producer = f"torch {torch.__version__}, onnx {onnx.__version__}, numpy {np.__version__}, tools/goldens/make_exporter_fixtures.py"
    (folder / "exports.json").write_text(json.dumps({"producer": producer, "timesteps": [321, 7], "outputs": outputs, "exports": made}, indent=1) + "\n")
    for case in made:
        print(case["name"], case.get("refused", ""))


if __name__ == "__main__":
    main()
