"""Photographs in memory, random augmented patches from them, and fixed validation crops."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
# Most patches are reduced, by a factor drawn anew each time. Reduction removes JPEG traces and
# sensor noise, and the same scene at many sizes is the cheapest way to more texture statistics. Few photographs alike in
# sharpness teach a network their sharpness: hence filters from soft to sharp.
SMALLEST_SCALE, UNREDUCED_SHARE = 0.3, 0.15
FILTERS = (Image.Resampling.LANCZOS, Image.Resampling.LANCZOS, Image.Resampling.BICUBIC, Image.Resampling.HAMMING, Image.Resampling.BOX)
# Deviations of the logarithms of gamma, of each channel's gain and of the saturation, in half of the patches.
COLOUR_SHARE, GAMMA, GAIN, SATURATION = 0.5, 0.2, 0.08, 0.25


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
    """Random crops of reduced photographs with flips, quarter turns and changes of colour; the photographs stay in memory."""

    def __init__(self, photos: list[Path], seed: int) -> None:
        self.photos = [load_rgb(p) for p in photos]
        self.rng = np.random.default_rng(seed)

    def _scale(self, image: Image.Image, size: int) -> float:
        """A reduction that leaves at least `size` pixels of the shorter side."""
        if self.rng.random() < UNREDUCED_SHARE:
            return 1.0
        least = max(SMALLEST_SCALE, size / min(image.size))
        return float(np.exp(self.rng.uniform(np.log(min(least, 1.0)), 0.0)))

    def _crop(self, size: int) -> np.ndarray:
        image = self.photos[self.rng.integers(len(self.photos))]
        scale = self._scale(image, size)
        side = min(round(size / scale), *image.size)
        left = int(self.rng.integers(image.width - side + 1))
        top = int(self.rng.integers(image.height - side + 1))
        box = (left, top, left + side, top + side)
        if side == size:
            return np.asarray(image.crop(box))
        return np.asarray(image.resize((size, size), FILTERS[self.rng.integers(len(FILTERS))], box=box))

    def _textured(self, size: int) -> np.ndarray:
        """In half of the cases the busier of two crops: skies teach little, and there are many."""
        crop = self._crop(size)
        if self.rng.integers(2):
            return crop
        return max(crop, self._crop(size), key=activity)

    def _patch(self, size: int) -> np.ndarray:
        patch = self._textured(size)
        if self.rng.integers(2):
            patch = patch[:, ::-1]
        patch = np.rot90(patch, int(self.rng.integers(4)))
        return recolour(patch, self.rng) if self.rng.random() < COLOUR_SHARE else patch

    def batch(self, count: int, size: int) -> torch.Tensor:
        """float32 [count, 3, size, size] in [-1, 1]."""
        return to_model_range(np.stack([self._patch(size) for _ in range(count)]))


def activity(pixels: np.ndarray) -> float:
    """Mean step between neighbours of the green channel, in grey levels."""
    green = pixels[..., 1].astype(np.int16)
    return float(np.abs(np.diff(green, axis=0)).mean() + np.abs(np.diff(green, axis=1)).mean())


def recolour(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Another light and another camera: gamma, gain of each channel, saturation. uint8 to uint8."""
    light = (pixels / 255.0) ** np.exp(GAMMA * rng.standard_normal()) * np.exp(GAIN * rng.standard_normal(3))
    grey = light.mean(axis=2, keepdims=True)
    light = grey + (light - grey) * np.exp(SATURATION * rng.standard_normal())
    return np.clip(np.rint(light * 255.0), 0, 255).astype(np.uint8)


def validation_crops(photos: list[Path], size: int = 128, per_photo: int = 4) -> torch.Tensor:
    """The same crops on every call: a row of them at half size through the middle of each photograph."""
    crops = []
    for path in photos:
        image = reduce(load_rgb(path), 0.5)
        top = (image.shape[0] - size) // 2
        for left in np.linspace(0, image.shape[1] - size, per_photo).astype(int):
            crops.append(image[top : top + size, left : left + size])
    return to_model_range(np.stack(crops))
