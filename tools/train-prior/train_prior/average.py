"""Averages runs from the same weights that train side by side, each on its own processor; between two stops of both."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from torch import Tensor

WEIGHTS = ("net", "ema")


def averaged(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Means of what is a number; whole numbers as in the first."""
    return {
        name: torch.stack([s[name] for s in states]).mean(dim=0) if first.is_floating_point() else first
        for name, first in states[0].items()
    }


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="train_prior.average", description=__doc__)
    p.add_argument("runs", type=Path, nargs="+", help="folders of runs that have stopped; their checkpoints are replaced")
    runs: list[Path] = p.parse_args(argv).runs
    paths = [run / "checkpoint.pt" for run in runs]
    checkpoints = [torch.load(path, map_location="cpu", weights_only=True) for path in paths]
    mean = {key: averaged([c[key] for c in checkpoints]) for key in WEIGHTS}
    for path, checkpoint in zip(paths, checkpoints):
        # One learning rate for all: that of the run that began first.
        started = min(c["started"] for c in checkpoints)
        partial = path.with_suffix(".partial")
        torch.save({**checkpoint, **mean, "started": started}, partial)
        partial.replace(path)  # as in training: a kill keeps the older checkpoint
        print(f"{path}: step {checkpoint['step']}")


if __name__ == "__main__":
    main()
