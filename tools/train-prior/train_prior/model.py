"""The network: a three-scale residual U-Net on 2x2 pixel blocks, with EDM preconditioning around it."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

SIGMA_DATA = 0.5
SIGMA_MIN = 0.01
SIGMA_MAX = 157.0
WIDTHS = (48, 96, 128)
EMBEDDING = 64
FREQUENCIES = 16
# Pixel-unshuffle by 2, then two reductions by 2: sides are padded to this multiple.
STRIDE = 8


class Block(nn.Module):
    """Two 3x3 convolutions; the noise level scales and shifts what lies between them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.a = nn.Conv2d(width, width, 3, padding=1)
        self.b = nn.Conv2d(width, width, 3, padding=1)
        self.f = nn.Linear(EMBEDDING, 2 * width)
        nn.init.zeros_(self.b.weight)  # every block starts as the identity

    def forward(self, h: Tensor, level: Tensor) -> Tensor:
        scale, shift = self.f(level)[:, :, None, None].chunk(2, dim=1)
        inner = self.a(F.silu(h)) * (1 + scale) + shift
        return h + self.b(F.silu(inner))


class PriorNetwork(nn.Module):
    """F(c_in x, log sigma) of the EDM formulation. Sides must be multiples of STRIDE; about 98.6 k multiply-adds a pixel."""

    freq: Tensor

    def __init__(self) -> None:
        super().__init__()
        w0, w1, w2 = WIDTHS
        self.register_buffer("freq", torch.logspace(0.0, math.log10(30.0), FREQUENCIES))
        self.e1 = nn.Linear(2 * FREQUENCIES, EMBEDDING)
        self.e2 = nn.Linear(EMBEDDING, EMBEDDING)
        self.inp = nn.Conv2d(12, w0, 3, padding=1)
        self.down = nn.ModuleList([nn.Conv2d(w0, w1, 2, 2), nn.Conv2d(w1, w2, 2, 2)])
        self.up = nn.ModuleList([nn.ConvTranspose2d(w1, w0, 2, 2), nn.ConvTranspose2d(w2, w1, 2, 2)])
        self.dblk = nn.ModuleList([_pair(w0), _pair(w1)])
        self.ublk = nn.ModuleList([_pair(w0), _pair(w1)])
        self.mid = _pair(w2)
        self.out = nn.Conv2d(w0, 12, 3, padding=1)

    def embed(self, sigma: Tensor) -> Tensor:
        phase = (sigma.log() / 4)[:, None] * self.freq
        h = F.silu(self.e1(torch.cat([phase.sin(), phase.cos()], dim=1)))
        return F.silu(self.e2(h))

    def forward(self, x: Tensor, sigma: Tensor) -> Tensor:
        level = self.embed(sigma)
        h = self.inp(F.pixel_unshuffle(x, 2))
        skips = []
        for blocks, down in zip(self.dblk, self.down):
            h = _run(blocks, h, level)
            skips.append(h)
            h = down(h)
        h = _run(self.mid, h, level)
        for i in (1, 0):
            h = _run(self.ublk[i], self.up[i](h) + skips[i], level)
        return F.pixel_shuffle(self.out(F.silu(h)), 2)


def _pair(width: int) -> nn.ModuleList:
    return nn.ModuleList([Block(width), Block(width)])


def _run(blocks: nn.Module, h: Tensor, level: Tensor) -> Tensor:
    for block in blocks:  # type: ignore[attr-defined]
        h = block(h, level)
    return h


def per_image(v: Tensor) -> Tensor:
    return v[:, None, None, None]


def denoise(net: nn.Module, x: Tensor, sigma: Tensor) -> Tensor:
    """D(x; sigma): the estimate of the clean picture from x = clean + sigma * noise."""
    s = per_image(sigma)
    total = s**2 + SIGMA_DATA**2
    return x * SIGMA_DATA**2 / total + s * SIGMA_DATA / total.sqrt() * net(x / total.sqrt(), sigma)


class EpsilonModel(nn.Module):
    """The contract of the package: x in the variance-preserving state and alpha_bar give epsilon, at any size."""

    def __init__(self, net: PriorNetwork) -> None:
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, alpha_bar: Tensor) -> Tensor:
        height, width = x.shape[2:]
        padded = F.pad(x, (0, -width % STRIDE, 0, -height % STRIDE), mode="reflect")
        sigma = ((1 - alpha_bar) / alpha_bar).sqrt()
        s = per_image(sigma)
        z = padded / per_image(alpha_bar).sqrt()
        total = s**2 + SIGMA_DATA**2
        # (z - D(z)) / sigma with the division done on paper: no cancellation at either end of the range.
        epsilon = z * s / total - SIGMA_DATA / total.sqrt() * self.net(z / total.sqrt(), sigma)
        return epsilon[:, :, :height, :width]


def load_onnx_weights(net: PriorNetwork, path: Path) -> None:
    """Initialises the network from a file whose initialisers carry the module names (`n.` in front or not)."""
    import onnx
    from onnx import numpy_helper

    arrays = {t.name.removeprefix("n."): numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    state = net.state_dict()
    missing = sorted(set(state) - set(arrays))
    if missing:
        raise SystemExit(f"{path}: no initialiser for {', '.join(missing)}")
    net.load_state_dict({name: torch.from_numpy(arrays[name].astype("float32")) for name in state})
