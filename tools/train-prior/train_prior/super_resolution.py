"""DDNM for x4 bicubic super-resolution: what the prior is worth inside a restoration method."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from .session import OnnxPrior


def cubic(t: np.ndarray) -> np.ndarray:
    """Keys' kernel with a = -0.5."""
    t = np.abs(t)
    near = 1.5 * t**3 - 2.5 * t**2 + 1
    far = -0.5 * t**3 + 2.5 * t**2 - 4 * t + 2
    return np.where(t <= 1, near, np.where(t < 2, far, 0.0))


def resampling_matrix(source: int, target: int) -> np.ndarray:
    """[target, source] bicubic weights, antialiased when reducing, mirrored at the ends."""
    scale = target / source
    width = min(scale, 1.0)
    centres = (np.arange(target) + 0.5) / scale - 0.5
    reach = int(np.ceil(2 / width)) + 1
    matrix = np.zeros((target, source))
    for row, centre in enumerate(centres):
        taps = np.arange(int(np.floor(centre)) - reach, int(np.floor(centre)) + reach + 1)
        weights = cubic((taps - centre) * width)
        mirrored = taps % (2 * source)
        mirrored = np.where(mirrored >= source, 2 * source - 1 - mirrored, mirrored)
        np.add.at(matrix[row], mirrored, weights / weights.sum())
    return matrix


class BicubicReduction:
    """A, its pseudo-inverse, and plain bicubic enlargement, for square pictures [..., side, side]."""

    def __init__(self, side: int, factor: int) -> None:
        self.down = resampling_matrix(side, side // factor)
        self.up = resampling_matrix(side // factor, side)

    @cached_property
    def inverse(self) -> np.ndarray:
        return np.linalg.pinv(self.down)

    def reduce(self, x: np.ndarray) -> np.ndarray:
        return self.down @ x @ self.down.T

    def pinv(self, y: np.ndarray) -> np.ndarray:
        return self.inverse @ y @ self.inverse.T

    def enlarge(self, y: np.ndarray) -> np.ndarray:
        return self.up @ y @ self.up.T


def ddpm_alpha_bar() -> np.ndarray:
    """The linear schedule of DDPM; index 0 is the first noisy level."""
    return np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))


def ddnm(prior: OnnxPrior, y: np.ndarray, a: BicubicReduction, steps: int, eta: float, seed: int) -> np.ndarray:
    """One sample [1, 3, side, side] by the noise-free DDNM."""
    rng = np.random.default_rng(seed)
    side = a.down.shape[1]
    schedule = ddpm_alpha_bar()
    times = np.arange(0, 1000, 1000 // steps)[::-1]
    x = rng.standard_normal((1, 3, side, side))
    for i, t in enumerate(times):
        now = schedule[t]
        following = schedule[times[i + 1]] if i + 1 < len(times) else 1.0
        epsilon = prior.epsilon(x, float(now)).astype(np.float64)
        clean = (x - np.sqrt(1 - now) * epsilon) / np.sqrt(now)
        clean = clean + a.pinv(y - a.reduce(clean))
        fresh = rng.standard_normal(x.shape)
        x = np.sqrt(following) * clean + np.sqrt(1 - following) * (eta * fresh + np.sqrt(1 - eta**2) * epsilon)
    return x
