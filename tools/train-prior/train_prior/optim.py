"""Muon for the convolutions between blocks, AdamW for everything else."""

from __future__ import annotations

import torch
from torch import Tensor, nn


def orthogonalise(g: Tensor, steps: int = 5) -> Tensor:
    """Nearest semi-orthogonal matrices of a stack [K, rows, columns], roughly: quintic Newton-Schulz (Jordan et al. 2024).

    The iteration runs on the small Gram matrices and touches the stack itself only twice: a third of the multiplications.
    """
    a, b, c = 3.4445, -4.7750, 2.0315
    tall = g.shape[1] > g.shape[2]
    x = g.mT if tall else g
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    identity = torch.eye(x.shape[1], device=x.device, dtype=x.dtype)
    gram = x @ x.mT
    product = identity.expand_as(gram)
    for _ in range(steps):
        factor = a * identity + b * gram + c * gram @ gram
        product = factor @ product
        gram = factor @ gram @ factor
    x = product @ x
    return x.mT if tall else x


class Muon(torch.optim.Optimizer):
    """Momentum whose matrix update is orthogonalised, so that every direction of a filter bank learns at one speed."""

    def __init__(self, params: list[nn.Parameter], lr: float, momentum: float = 0.95) -> None:
        super().__init__(params, {"lr": lr, "momentum": momentum})

    def _update(self, p: nn.Parameter, momentum: float) -> Tensor:
        """The gradient with Nesterov momentum, as a matrix with one row per filter."""
        state = self.state[p]
        if "velocity" not in state:
            state["velocity"] = torch.zeros_like(p)
        velocity = state["velocity"]
        velocity.lerp_(p.grad, 1 - momentum)
        return torch.lerp(p.grad, velocity, momentum).flatten(1)

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[nn.Parameter]] = {}
            for p in group["params"]:
                if p.grad is not None:
                    by_shape.setdefault(p.shape, []).append(p)
            for params in by_shape.values():  # one stack per shape: few large products instead of many small ones
                stack = orthogonalise(torch.stack([self._update(p, group["momentum"]) for p in params]))
                for p, update in zip(params, stack):
                    p.add_(update.view_as(p), alpha=-group["lr"])


def build_optimizers(net: nn.Module, muon_lr: float, adam_lr: float) -> list[torch.optim.Optimizer]:
    """Hidden convolutions to Muon (none if `muon_lr` is 0); first, last and embedding layers, and biases, to AdamW."""
    hidden = [
        p for n, p in net.named_parameters()
        if muon_lr > 0 and p.ndim == 4 and n.split(".")[0] not in ("inp", "out")
    ]
    chosen = {id(p) for p in hidden}
    rest = [p for p in net.parameters() if id(p) not in chosen]
    adam = torch.optim.AdamW(rest, lr=adam_lr, betas=(0.9, 0.99), weight_decay=0.0)
    return [Muon(hidden, muon_lr), adam] if hidden else [adam]
