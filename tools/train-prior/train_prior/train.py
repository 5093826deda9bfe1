"""Trains the prior in a time box; resumes from its last checkpoint."""

from __future__ import annotations

import argparse
import json
import os
import signal
import time
from contextlib import nullcontext
from pathlib import Path

import torch

from .clock import TimeBox, learning_rate_factor, next_time_of_day
from .data import PatchSampler, split_photos, validation_crops
from .ema import Ema
from .loss import LevelBalance, edm_errors, sample_sigma
from .model import PriorNetwork, denoise, load_onnx_weights
from .optim import build_optimizers

VALIDATION_SIGMAS = (0.01, 15 / 127.5, 25 / 127.5, 50 / 127.5, 1.0, 3.0, 20.0, 150.0)


def parse_arguments(argv: list[str] | None = None) -> argparse.Namespace:
    p = argparse.ArgumentParser(prog="train_prior.train", description=__doc__)
    p.add_argument("--photos", type=Path, nargs="+", required=True, help="folders of photographs")
    p.add_argument("--out", type=Path, required=True, help="folder for checkpoints and the log")
    p.add_argument("--minutes", type=float, help="stop after this many minutes of training, resumptions included")
    p.add_argument("--until", help="stop at this time of day, HH:MM")
    p.add_argument("--init", type=Path, help="start from the averaged weights of this checkpoint (.pt) or of this ONNX file")
    p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--threads", type=int, default=os.cpu_count(), help="CPU threads")
    p.add_argument("--batch", type=int, default=16)
    p.add_argument("--patch", type=int, default=64, help="side of the patches, a multiple of 8")
    p.add_argument("--large-patch", type=int, default=96, help="side in every fourth batch, for structure beyond a small patch")
    p.add_argument("--muon-lr", type=float, default=0.01, help="0: AdamW for all weights")
    p.add_argument("--adam-lr", type=float, default=5e-4)
    p.add_argument("--hold", type=float, default=0.3, help="share of the time at full learning rate")
    p.add_argument("--held-out", type=int, default=6, help="photographs kept out for validation")
    p.add_argument("--checkpoint-seconds", type=float, default=180)
    p.add_argument("--validate-seconds", type=float, default=600)
    p.add_argument("--seed", type=int, default=1)
    return p.parse_args(argv)


@torch.no_grad()
def validate(net: torch.nn.Module, crops: torch.Tensor, device: str) -> dict[str, float]:
    """PSNR in dB of D at several noise levels; noise is the same on every call."""
    result = {}
    for sigma in VALIDATION_SIGMAS:
        generator = torch.Generator().manual_seed(7)
        noise = torch.randn(crops.shape, generator=generator)
        level = torch.full((8,), sigma, device=device)
        psnr = []
        for clean, n in zip(crops.split(8), noise.split(8)):
            clean, n = clean.to(device), n.to(device)
            estimate = denoise(net, clean + sigma * n, level[: len(clean)])
            mse = (estimate - clean).square().mean(dim=(1, 2, 3))
            psnr.append(10 * torch.log10(4 / mse))
        result[f"{sigma:.3g}"] = round(torch.cat(psnr).mean().item(), 3)
    return result


def load_initial_weights(net: PriorNetwork, path: Path) -> None:
    """An ONNX file is one that names its weights as this network does; the package's own file has them folded, its checkpoint has not."""
    if path.suffix == ".pt":
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True)["ema"])
    else:
        load_onnx_weights(net, path)


class Run:
    """Everything that a checkpoint holds."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.device: str = args.device
        self.net = PriorNetwork()
        if args.init:
            load_initial_weights(self.net, args.init)
        self.net = self.net.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.ema = Ema(self.net)
        self.optimizers = build_optimizers(self.net, args.muon_lr, args.adam_lr)
        self.base_lr = [o.param_groups[0]["lr"] for o in self.optimizers]
        self.balance = LevelBalance()
        self.step = 0
        self.patches = 0
        self.clock = TimeBox(args.minutes, next_time_of_day(args.until) if args.until else None, time.time())

    @property
    def path(self) -> Path:
        return self.args.out / "checkpoint.pt"

    def save(self) -> None:
        state = {
            "net": self.net.state_dict(), "ema": self.ema.net.state_dict(),
            "optimizers": [o.state_dict() for o in self.optimizers], "balance": self.balance.mean,
            "step": self.step, "patches": self.patches, "spent": self.clock.spent(), "started": self.clock.started,
        }
        partial = self.path.with_suffix(".partial")
        torch.save(state, partial)
        partial.replace(self.path)  # a run killed while writing keeps the older checkpoint

    def resume(self) -> None:
        if not self.path.exists():
            return
        state = torch.load(self.path, map_location=self.device, weights_only=True)
        self.net.load_state_dict(state["net"])
        self.ema.net.load_state_dict(state["ema"])
        for optimizer, saved in zip(self.optimizers, state["optimizers"]):
            optimizer.load_state_dict(saved)
        self.balance.mean = state["balance"].cpu()
        self.step, self.patches = state["step"], state["patches"]
        self.clock = TimeBox(self.args.minutes, self.clock.until, state["started"], state["spent"])

    def log(self, **entry: object) -> None:
        line = json.dumps({"step": self.step, "patches": self.patches, "minutes": round(self.clock.spent() / 60, 2), **entry})
        print(line, flush=True)
        with (self.args.out / "log.jsonl").open("a") as f:
            f.write(line + "\n")

    def train_step(self, clean: torch.Tensor, generator: torch.Generator) -> float:
        factor = learning_rate_factor(self.clock.progress(), self.step, 100, self.args.hold)
        for optimizer, lr in zip(self.optimizers, self.base_lr):
            optimizer.param_groups[0]["lr"] = lr * factor
        clean = clean.to(self.device, memory_format=torch.channels_last)
        noise = torch.randn(clean.shape, generator=generator).to(self.device)
        sigma = sample_sigma(len(clean), generator).to(self.device)
        with torch.autocast("cuda", torch.bfloat16) if self.device.startswith("cuda") else nullcontext():
            errors = edm_errors(self.net, clean, noise, sigma)
        loss = self.balance.weigh(errors, sigma)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        self.step += 1
        self.patches += len(clean)
        self.ema.update(self.net, self.step)
        return loss.item()


def install_stop_request() -> list[int]:
    """A list that is empty until SIGTERM or SIGINT asks to stop after the step at hand and a checkpoint."""
    requests: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _frame: requests.append(received))
    return requests


def main(argv: list[str] | None = None) -> None:
    args = parse_arguments(argv)
    torch.set_flush_denormal(True)  # saturated SiLUs make denormals, which slow a convolution several times
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    args.out.mkdir(parents=True, exist_ok=True)
    split = split_photos(args.photos, args.held_out)
    crops = validation_crops(split.held_out)
    run = Run(args)
    run.resume()
    generator = torch.Generator().manual_seed(args.seed + run.step)
    sampler = PatchSampler(split.train, args.seed + run.step)
    run.log(photographs=len(split.train), held_out=[p.name for p in split.held_out])
    saved = validated = shown = time.time()
    recent: list[float] = []
    stop = install_stop_request()
    while run.clock.progress() < 1.0 and not stop:
        large = run.step % 4 == 3
        size = args.large_patch if large else args.patch
        count = max(1, round(args.batch * (args.patch / size) ** 2))
        recent.append(run.train_step(sampler.batch(count, size), generator))
        now = time.time()
        if now - shown > 60:
            run.log(loss=round(sum(recent) / len(recent), 4), progress=round(run.clock.progress(), 4))
            shown, recent = now, []
        if now - validated > args.validate_seconds:
            run.log(validation=validate(run.ema.net, crops, run.device))
            validated = now
        if now - saved > args.checkpoint_seconds:
            run.save()
            saved = now
    run.save()
    if not stop:
        run.log(validation=validate(run.ema.net, crops, run.device), finished=True)


if __name__ == "__main__":
    main()
