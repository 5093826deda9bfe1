"""Measures prior files side by side: denoising, error against noise level, the pure-noise end, speed, DDNM."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np

from .data import list_photos, load_rgb, reduce
from .session import OnnxPrior
from .super_resolution import BicubicReduction, ddnm

# FFDNet, colour, Kodak24, as published.
FFDNET = {15: 34.63, 25: 32.13, 50: 28.98}
CURVE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 150.0)


def load_images(folder: Path, crop: int | None) -> list[np.ndarray]:
    """float32 [1, 3, H, W] in [-1, 1]; the central crop if a side is given."""
    images = []
    for path in list_photos([folder]):
        pixels = reduce(load_rgb(path), 1.0).astype(np.float32)
        if crop:
            top, left = ((s - crop) // 2 for s in pixels.shape[:2])
            pixels = pixels[top : top + crop, left : left + crop]
        images.append(pixels.transpose(2, 0, 1)[None] / 127.5 - 1)
    return images


def psnr(estimate: np.ndarray, clean: np.ndarray) -> float:
    """dB over the range [-1, 1], after clipping to it."""
    return float(10 * np.log10(4 / np.mean((np.clip(estimate, -1, 1) - clean) ** 2)))


def denoising_psnr(prior: OnnxPrior, images: list[np.ndarray], sigma_255: int) -> float:
    sigma = sigma_255 / 127.5
    values = []
    for i, clean in enumerate(images):
        noise = np.random.default_rng(1000 + i).standard_normal(clean.shape).astype(np.float32)
        values.append(psnr(prior.denoise(clean + sigma * noise, sigma), clean))
    return float(np.mean(values))


def level_errors(prior: OnnxPrior, images: list[np.ndarray], sigma: float) -> tuple[float, float]:
    """Root mean squared error of epsilon and of x0."""
    total = 0.0
    for i, clean in enumerate(images):
        noise = np.random.default_rng(2000 + i).standard_normal(clean.shape).astype(np.float32)
        total += float(np.mean((prior.epsilon_at(clean + sigma * noise, sigma) - noise) ** 2))
    rms = float(np.sqrt(total / len(images)))
    return rms, rms * sigma


def pure_noise_statistics(prior: OnnxPrior, sigma: float, draws: int = 8) -> tuple[np.ndarray, float]:
    """Mean colour and overall deviation of x0 predicted from noise alone."""
    rng = np.random.default_rng(3)
    x0 = np.concatenate([prior.denoise(sigma * rng.standard_normal((1, 3, 128, 128)), sigma) for _ in range(draws)])
    return x0.mean(axis=(0, 2, 3)), float(x0.std())


def seconds_per_hundred(prior: OnnxPrior, runs: int = 12) -> tuple[float, float]:
    """Best and median of 100 evaluations of one 256x256 picture."""
    x = np.random.default_rng(4).standard_normal((1, 3, 256, 256)).astype(np.float32)
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        prior.epsilon(x, 0.5)
        times.append(time.perf_counter() - start)
    return 100 * min(times), 100 * float(np.median(times))


def super_resolution(prior: OnnxPrior, images: list[np.ndarray], samples: int, steps: int) -> tuple[float, float, float]:
    """Mean PSNR of bicubic enlargement, of one sample, and of the mean of all samples."""
    a = BicubicReduction(images[0].shape[2], 4)
    rows = []
    for clean in images:
        y = a.reduce(clean.astype(np.float64))
        drawn = [ddnm(prior, y, a, steps, 0.85, seed) for seed in range(samples)]
        single = float(np.mean([psnr(d, clean) for d in drawn]))
        rows.append((psnr(a.enlarge(y), clean), single, psnr(np.mean(drawn, axis=0), clean)))
    bicubic, one, mean = np.mean(rows, axis=0)
    return float(bicubic), float(one), float(mean)


def table(header: list[str], rows: list[list[str]]) -> None:
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print(flush=True)


Priors = dict[str, OnnxPrior]


def report_denoising(priors: Priors, args: argparse.Namespace) -> None:
    images = load_images(args.images, args.crop)
    print(f"Colour denoising, {len(images)} images, {f'{args.crop}x{args.crop} central crops' if args.crop else 'whole'}: PSNR in dB\n")
    rows = [["FFDNet (published, whole Kodak24)", *(f"{v:.2f}" for v in FFDNET.values())]]
    for label, prior in priors.items():
        rows.append([label, *(f"{denoising_psnr(prior, images, s):.2f}" for s in FFDNET)])
    table(["file", *(f"sigma {s}" for s in FFDNET)], rows)


def report_levels(priors: Priors, args: argparse.Namespace) -> None:
    crops = load_images(args.images, 256)[:4]
    print("Root mean squared error of epsilon (and of x0) against the noise level, 4 central crops of 256x256\n")
    rows = []
    for sigma in CURVE:
        errors = (level_errors(prior, crops, sigma) for prior in priors.values())
        rows.append([f"{sigma:g}", *(f"{e:.4f} ({x:.4f})" for e, x in errors)])
    table(["sigma", *priors], rows)


def report_pure_noise(priors: Priors, args: argparse.Namespace) -> None:
    print("x0 predicted from noise alone at sigma 157: mean red, green, blue; standard deviation\n")
    rows = []
    for label, prior in priors.items():
        mean, deviation = pure_noise_statistics(prior, 157.0)
        rows.append([label, *(f"{m:+.3f}" for m in mean), f"{deviation:.3f}"])
    if args.photos:
        pixels = np.concatenate([reduce(load_rgb(f), 0.1).reshape(-1, 3) for f in list_photos(args.photos)]) / 127.5 - 1
        rows.append(["training photographs", *(f"{m:+.3f}" for m in pixels.mean(axis=0)), f"{pixels.std():.3f}"])
    table(["file", "red", "green", "blue", "deviation"], rows)


def report_speed(priors: Priors, args: argparse.Namespace) -> None:
    print(f"Seconds for 100 evaluations of 256x256 on {args.threads} threads: best and median of 12 runs\n")
    timed = [(label, *seconds_per_hundred(prior)) for label, prior in priors.items()]
    table(["file", "best", "median"], [[label, f"{best:.1f}", f"{median:.1f}"] for label, best, median in timed])


def report_super_resolution(priors: Priors, args: argparse.Namespace) -> None:
    crops = load_images(args.images, 256)
    chosen = crops[:: max(1, len(crops) // args.sr_images)][: args.sr_images]
    print(f"DDNM x4 bicubic, noise-free, {args.sr_steps} steps, {len(chosen)} central crops of 256x256: PSNR in dB\n")
    rows = []
    for label, prior in priors.items():
        values = super_resolution(prior, chosen, args.sr_samples, args.sr_steps)
        rows.append([label, *(f"{v:.2f}" for v in values)])
    table(["file", "bicubic", "one sample", f"mean of {args.sr_samples}"], rows)


REPORTS = {
    "denoising": report_denoising,
    "levels": report_levels,
    "noise": report_pure_noise,
    "speed": report_speed,
    "sr": report_super_resolution,
}


def main(argv: list[str] | None = None) -> None:
    p = argparse.ArgumentParser(prog="train_prior.evaluate", description=__doc__)
    p.add_argument("--prior", type=Path, nargs="+", required=True, help="ONNX files")
    p.add_argument("--images", type=Path, required=True, help="folder of test images, used for reporting only")
    p.add_argument("--reports", nargs="+", choices=REPORTS, default=list(REPORTS), help="what to measure; everything without it")
    p.add_argument("--crop", type=int, help="central crop for denoising; whole images without it")
    p.add_argument("--photos", type=Path, nargs="*", default=[], help="training folders, for the mean colour of the data")
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--sr-images", type=int, default=4)
    p.add_argument("--sr-samples", type=int, default=4)
    p.add_argument("--sr-steps", type=int, default=100)
    args = p.parse_args(argv)
    priors = {str(path): OnnxPrior(path, args.threads) for path in args.prior}
    for name in args.reports:
        REPORTS[name](priors, args)


if __name__ == "__main__":
    main()
