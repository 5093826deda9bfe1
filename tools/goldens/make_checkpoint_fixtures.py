"""Tiny checkpoints as PyTorch and NumPy write them, for packages/networks/test/honest.test.ts.

Random weights only. Needs PyTorch (made with 1.13, Debian's python3-torch) and NumPy:
    python3 tools/goldens/make_checkpoint_fixtures.py packages/networks/test/fixtures
"""

import collections
import json
import sys

import numpy
import torch

folder = sys.argv[1]
torch.manual_seed(7)
names = {torch.float32: "float32", torch.float16: "float16", torch.bfloat16: "bfloat16", torch.int64: "int64"}
stated = {}


def describe(tensor):
    plain = tensor.detach().contiguous()
    raw = plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain
    return {"type": names[tensor.dtype], "shape": list(tensor.shape), "bits": raw.numpy().tobytes().hex()}


def save(name, value, weights, **options):
    torch.save(value, f"{folder}/{name}", **options)
    stated[name] = {key: describe(tensor) for key, tensor in weights.items()}


shared = torch.randn(10)
weights = collections.OrderedDict(
    a=torch.randn(3, 4),
    half=torch.randn(5).half(),
    brain=torch.randn(4).bfloat16(),
    whole=torch.arange(4),
    transposed=torch.randn(6, 2).t(),
    view=shared[2:8].view(2, 3),
    same=shared,
    parameter=torch.nn.Parameter(torch.randn(2, 2)),
)
module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
state = module.state_dict()
optimizer = torch.optim.Adam(module.parameters())
module(torch.randn(1, 3, 4, 4)).sum().backward()
optimizer.step()
trainer = {"epoch": 3, "best": numpy.float64(0.5), "model": state, "optimizer": optimizer.state_dict()}
for suffix, options in (("zip", {}), ("stream", {"_use_new_zipfile_serialization": False})):
    save(f"plain-{suffix}.pt", weights, weights, **options)
    save(f"trainer-{suffix}.pth", trainer, state, **options)
arrays = {"a": weights["a"], "t": weights["transposed"]}
for name, write in (("stored.npz", numpy.savez), ("packed.npz", numpy.savez_compressed)):
    write(f"{folder}/{name}", **{key: tensor.numpy() for key, tensor in arrays.items()})
    stated[name] = {key: describe(tensor) for key, tensor in arrays.items()}

provenance = {"script": "tools/goldens/make_checkpoint_fixtures.py", "torch": torch.__version__, "numpy": numpy.__version__, "seed": 7}
with open(f"{folder}/stated.json", "w", encoding="utf-8") as file:
    json.dump({"provenance": provenance, "files": stated}, file, indent=1)
    file.write("\n")
