"""LPIPS of the example pictures by a second implementation, for the test of import-lpips: NumPy only, written from the paper and torchvision's layouts.

    python make_lpips_goldens.py WEIGHTS_FOLDER ../../apps/cli/test/lpips-goldens.json

The published values for alex, 0.722 and 0.138, check this script; for squeeze none are published.
"""

import json
import sys

import numpy as np
from skimage.io import imread


def conv(x, w, b, stride=1, pad=0):
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], (1, 2))[:, ::stride, ::stride]
    return np.maximum(np.einsum("chwij,ocij->ohw", windows, w, optimize=True) + b[:, None, None], 0)


def pool(x, ceil):
    if ceil:
        x = np.pad(x, ((0, 0), *((0, (3 - n) % 2 if n >= 3 else 3 - n) for n in x.shape[1:])), constant_values=-np.inf)
    return np.lib.stride_tricks.sliding_window_view(x, (3, 3), (1, 2))[:, ::2, ::2].max((3, 4))


def alex(p, x):
    taps = [conv(x, p["features.0.weight"], p["features.0.bias"], 4, 2)]
    taps.append(conv(pool(taps[-1], False), p["features.3.weight"], p["features.3.bias"], 1, 2))
    taps.append(conv(pool(taps[-1], False), p["features.6.weight"], p["features.6.bias"], 1, 1))
    for n in (8, 10):
        taps.append(conv(taps[-1], p[f"features.{n}.weight"], p[f"features.{n}.bias"], 1, 1))
    return taps


def squeeze(p, x):
    def fire(x, n):
        s = conv(x, p[f"{n}.squeeze.weight"], p[f"{n}.squeeze.bias"])
        return np.concatenate([conv(s, p[f"{n}.expand1x1.weight"], p[f"{n}.expand1x1.bias"]), conv(s, p[f"{n}.expand3x3.weight"], p[f"{n}.expand3x3.bias"], 1, 1)])

    taps = [conv(x, p["0.weight"], p["0.bias"], 2)]
    for fires in ((3, 4), (6, 7), (9,)):
        x = pool(taps[-1], True)
        for n in fires:
            x = fire(x, n)
        taps.append(x)
    for n in (10, 11, 12):
        taps.append(fire(taps[-1], n))
    return taps


def lpips(p, features, a, b):
    shift, scale = np.array([-0.030, -0.088, -0.188]), np.array([0.458, 0.448, 0.450])
    unit = lambda f: f / (np.sqrt((f**2).sum(0, keepdims=True)) + 1e-10)
    scaled = [((im.astype(np.float64) / 127.5 - 1 - shift) / scale).transpose(2, 0, 1) for im in (a, b)]
    taps = zip(*(features(p, im) for im in scaled))
    return float(sum(((unit(fa) - unit(fb)) ** 2 * p[f"lin{i}.weight"][0]).sum(0).mean() for i, (fa, fb) in enumerate(taps)))


folder, out = sys.argv[1:]
pictures = {name: imread(f"{folder}/lpips-examples/ex_{name}.png")[..., :3] for name in ("ref", "p0", "p1")}
values = {}
for backbone, features in (("alex", alex), ("squeeze", squeeze)):
    p = {k: v.astype(np.float64) for k, v in np.load(f"{folder}/lpips_{backbone}_v0.1.npz").items()}
    values[backbone] = {name: lpips(p, features, pictures["ref"], pictures[name]) for name in ("p0", "p1")}
goldens = {"provenance": f"tools/goldens/make_lpips_goldens.py, NumPy {np.__version__}", **values}
with open(out, "w") as file:
    json.dump(goldens, file)
    file.write("\n")
