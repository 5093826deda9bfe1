"""Photographs in memory, random augmented patches from them, and fixed validation crops."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
# Every photograph is kept at these reductions. Lanczos reduction removes JPEG traces and sensor noise, and the same
# scene at several sizes is the cheapest way to more texture statistics.
PYRAMID = (1.0, 0.7, 0.5, 0.35)


@dataclass(frozen=True)
class PhotoSplit:
    """File paths for training and the photographs kept out for validation."""

    train: list[Path]
    held_out: list[Path]


def list_photos(folders: list[Path]) -> list[Path]:
    """All photographs in the folders, sorted by file name so that a split is the same on every machine."""
    found = [p for folder in folders for p in folder.iterdir() if p.suffix.lower() in PHOTO_SUFFIXES]
    if not found:
        raise SystemExit(f"no photographs in {', '.join(map(str, folders))}")
    return sorted(found, key=lambda p: p.name)


def split_photos(folders: list[Path], held_out: int) -> PhotoSplit:
    """Keeps `held_out` photographs, evenly spaced in name order, away from training."""
    photos = list_photos(folders)
    if held_out >= len(photos):
        raise SystemExit(f"cannot keep {held_out} of {len(photos)} photographs out: nothing is left to train on")
    kept = {int((i + 0.5) * len(photos) / held_out) for i in range(held_out)}
    return PhotoSplit(
        train=[p for i, p in enumerate(photos) if i not in kept],
        held_out=[p for i, p in enumerate(photos) if i in kept],
    )


def load_rgb(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return image.convert("RGB")


def reduce(image: Image.Image, scale: float) -> np.ndarray:
    """uint8 [H, W, 3] at the given scale."""
    if scale != 1.0:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS)
    return np.asarray(image)


def to_model_range(pixels: np.ndarray) -> torch.Tensor:
    """uint8 [N, H, W, 3] to float32 [N, 3, H, W] in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))).float().div_(127.5).sub_(1.0)


class PatchSampler:
    """Random crops with flips and quarter turns, from a pyramid that stays in memory (uint8, about 6 MB a photograph)."""

    def __init__(self, photos: list[Path], seed: int) -> None:
        self.levels = [[reduce(load_rgb(p), s) for p in photos] for s in PYRAMID]
        self.rng = np.random.default_rng(seed)

    def _patch(self, size: int) -> np.ndarray:
        level = self.levels[self.rng.integers(len(self.levels))]
        image = level[self.rng.integers(len(level))]
        if min(image.shape[:2]) < size:
            image = self.levels[0][self.rng.integers(len(self.levels[0]))]
        top = self.rng.integers(image.shape[0] - size + 1)
        left = self.rng.integers(image.shape[1] - size + 1)
        patch = image[top : top + size, left : left + size]
        if self.rng.integers(2):
            patch = patch[:, ::-1]
        return np.rot90(patch, int(self.rng.integers(4)))

    def batch(self, count: int, size: int) -> torch.Tensor:
        """float32 [count, 3, size, size] in [-1, 1]."""
        return to_model_range(np.stack([self._patch(size) for _ in range(count)]))


def validation_crops(photos: list[Path], size: int = 128, per_photo: int = 4) -> torch.Tensor:
    """The same crops on every call: a row of them at half size through the middle of each photograph."""
    crops = []
    for path in photos:
        image = reduce(load_rgb(path), 0.5)
        top = (image.shape[0] - size) // 2
        for left in np.linspace(0, image.shape[1] - size, per_photo).astype(int):
            crops.append(image[top : top + size, left : left + size])
    return to_model_range(np.stack(crops))
