"""Noise levels to train on, and the EDM loss balanced over them."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .model import SIGMA_DATA, SIGMA_MAX, SIGMA_MIN, per_image

# Most training goes where the network decides about detail (sigma 0.02 to 2); the rest keeps both ends of the range sane.
CENTRE = math.log(0.35)
SPREAD = 1.4
UNIFORM_SHARE = 0.15


def sample_sigma(count: int, generator: torch.Generator) -> Tensor:
    """Log-normal around 0.35, mixed with a log-uniform share over the whole range. One stratum per image."""
    # Stratified uniforms: a batch of 16 always spans the range, which lowers the variance of the gradient.
    u = (torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)) / count
    low, high = math.log(SIGMA_MIN), math.log(SIGMA_MAX)
    normal = CENTRE + SPREAD * torch.special.ndtri(u.clamp(1e-4, 1 - 1e-4))
    uniform = low + (high - low) * torch.rand(count, generator=generator)
    pick = torch.rand(count, generator=generator) < UNIFORM_SHARE
    return torch.where(pick, uniform, normal).clamp(low, high).exp()


def edm_errors(net: nn.Module, clean: Tensor, noise: Tensor, sigma: Tensor) -> Tensor:
    """Mean squared error of F per image: the EDM weighting of the error of D."""
    s = per_image(sigma)
    total = s**2 + SIGMA_DATA**2
    x = clean + s * noise
    target = (clean - x * SIGMA_DATA**2 / total) * total.sqrt() / (s * SIGMA_DATA)
    f = net(x / total.sqrt(), sigma)
    return (f.float() - target).square().mean(dim=(1, 2, 3))


class LevelBalance:
    """Running mean of the loss per noise level.

    Dividing by it makes training minimise the mean *logarithm* of the error over the levels, that is, raise the PSNR of
    every level alike; without it the high levels, whose error cannot be reduced, drown the others in gradient noise.
    """

    BINS = 40

    def __init__(self, decay: float = 0.99) -> None:
        self.decay = decay
        self.mean = torch.full((self.BINS,), 0.5)

    def _bin(self, sigma: Tensor) -> Tensor:
        low, high = math.log(SIGMA_MIN), math.log(SIGMA_MAX)
        return ((sigma.log() - low) / (high - low) * self.BINS).long().clamp(0, self.BINS - 1)

    def weigh(self, errors: Tensor, sigma: Tensor) -> Tensor:
        """Weighted mean loss; also updates the table."""
        bins = self._bin(sigma.cpu())
        for b, e in zip(bins.tolist(), errors.detach().float().cpu().tolist()):
            self.mean[b] = self.decay * self.mean[b] + (1 - self.decay) * e
        weights = 1 / self.mean[bins].clamp_min(1e-3)
        return (errors * weights.to(errors.device)).mean()
