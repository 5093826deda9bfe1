"""Moving average of the weights."""

from __future__ import annotations

import copy

import torch
from torch import nn


class Ema:
    """Averages over a fixed share of the past at first, over 1/(1 - decay) steps later."""

    def __init__(self, net: nn.Module, decay: float = 0.999) -> None:
        self.net = copy.deepcopy(net).eval().requires_grad_(False)
        self.decay = decay

    @torch.no_grad()
    def update(self, net: nn.Module, step: int) -> None:
        decay = min(self.decay, (1 - 1 / (step + 1)) ** 10)
        for mean, now in zip(self.net.parameters(), net.parameters()):
            mean.lerp_(now, 1 - decay)
