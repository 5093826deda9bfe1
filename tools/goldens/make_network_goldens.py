"""Outputs of the original modules, for packages/networks/test/original.test.ts.

    python3 tools/goldens/make_network_goldens.py packages/networks/test/goldens \
        --guided-diffusion PATH --edm PATH --dpir PATH --ddpm PATH

The paths are checkouts of github.com/openai/guided-diffusion, NVlabs/edm, cszn/DPIR, and of ermongroup/SDEdit or pesser/pytorch_diffusion (the
DDPM of Ho et al.); nothing of them enters this repository. Needs PyTorch and NumPy (made with 1.13, Debian's python3-torch). A checkout that
is no git repository says in a file COMMIT where it comes from. The hashes are those of the source texts of what computes.

Widths are reduced; the flags are those of the published files. Weights and inputs follow from their names (`filled`), so that only outputs
are stored. Everything is computed in float32, which these modules force (embeddings, normalisation, preconditioning), but DRUNet in float64.
"""

import argparse
import base64
import gzip
import hashlib
import importlib
import inspect
import json
import math
import pathlib
import subprocess
import sys
import types

import numpy as np
import torch

SOURCES = {
    "guided_diffusion": {
        "guided_diffusion.unet": "TimestepEmbedSequential Upsample Downsample ResBlock AttentionBlock QKVAttentionLegacy QKVAttention UNetModel",
        "guided_diffusion.nn": "GroupNorm32 conv_nd avg_pool_nd normalization timestep_embedding",
    },
    "edm": {
        "training.networks": "Linear Conv2d GroupNorm AttentionOp UNetBlock PositionalEmbedding FourierEmbedding SongUNet DhariwalUNet "
        "VPPrecond VEPrecond iDDPMPrecond EDMPrecond",
    },
    "dpir": {"models.network_unet": "UNetRes", "models.basicblock": "conv ResBlock upsample_convtranspose downsample_strideconv"},
    "ddpm": {"models.diffusion": "get_timestep_embedding Upsample Downsample ResnetBlock AttnBlock Model"},
}


def noise(key, count):
    """Multiples of 2^-15 in [-1, 1): FNV-1a of the key, then Murmur3's last steps of its sum with i times the golden ratio."""
    word = 0x811C9DC5
    for byte in key.encode():
        word = (word ^ byte) * 0x01000193 & 0xFFFFFFFF
    mask = np.uint64(0xFFFFFFFF)
    h = (np.uint64(word) + np.arange(count, dtype=np.uint64) * np.uint64(0x9E3779B1)) & mask
    h = ((h ^ (h >> np.uint64(16))) * np.uint64(0x85EBCA6B)) & mask
    h = ((h ^ (h >> np.uint64(13))) * np.uint64(0xC2B2AE35)) & mask
    h ^= h >> np.uint64(16)
    return ((h >> np.uint64(16)).astype(np.float64) - 32768) / 32768


def filled(key, shape):
    """The tensor of a name. All values are exact in float32: the factors are powers of two."""
    values = noise(key, math.prod(shape)).reshape(shape)
    if key.endswith("freqs"):
        return values * 4
    if len(shape) == 1:
        return 1 + values / 4 if key.endswith("weight") else values / 8
    fan, power = math.prod(shape[1:]), 0
    while 3 * 4**power < fan:
        power += 1
    return values / 2**power


def fill(module):
    """Fills all but the buffers that follow from the arguments; returns names and shapes."""
    shapes = {}
    for key, tensor in module.state_dict().items():
        shapes[key] = list(tensor.shape)
        if not key.endswith("resample_filter"):
            tensor.copy_(torch.from_numpy(filled(key, tensor.shape)))
    return shapes


def packed(shapes):
    text = ";".join(f"{key} {','.join(map(str, shape))}" for key, shape in shapes.items())
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def image(shape):
    return torch.from_numpy(noise("image", math.prod(shape)).reshape(shape)).float()


def record(name, arguments, shape, level, tensors, output, **rest):
    data = base64.b64encode(output.float().numpy().tobytes()).decode()
    print(name, list(output.shape), f"root mean square {float(output.square().mean().sqrt()):.3f}")
    return {"name": name, "arguments": arguments, "shape": shape, "level": level, **rest, "tensors": packed(tensors), "output": data}


def adm():
    unet = importlib.import_module("guided_diffusion.unet")
    base = dict(
        image_size=16, in_channels=3, model_channels=32, out_channels=6, num_res_blocks=1, attention_resolutions=[2], channel_mult=[1, 2],
        num_head_channels=16, use_scale_shift_norm=True, resblock_updown=True, use_new_attention_order=False,
    )
    cases = {
        "ffhq_10m: one residual block, levels of equal width": dict(channel_mult=[1, 1, 2]),
        "256x256_diffusion_uncond: two residual blocks, attention at two levels": dict(num_res_blocks=2, attention_resolutions=[1, 2]),
        "256x256_diffusion: classes": dict(num_classes=7),
        "512x512_diffusion: a half at the first level": dict(model_channels=64, channel_mult=[0.5, 1], num_classes=5),
        "128x128_diffusion: four heads": dict(num_head_channels=-1, num_heads=4, num_classes=5),
        "64x64_diffusion: three residual blocks, new order": dict(num_res_blocks=3, use_new_attention_order=True, num_classes=4),
        "convolutional resampling, no scale-shift, four heads, no learned variance": dict(
            num_head_channels=-1, num_heads=4, resblock_updown=False, use_scale_shift_norm=False, out_channels=3
        ),
        "convolutional resampling, scale-shift": dict(channel_mult=[1, 1, 2], attention_resolutions=[1], resblock_updown=False),
    }
    for name, changes in cases.items():
        arguments = {**base, **changes}
        module = unet.UNetModel(**arguments).eval()
        tensors = fill(module)
        shape = [1, 3, 8, 12]
        labels = {} if "num_classes" not in arguments else {"y": torch.tensor([2])}
        yield record(name, arguments, shape, 300, tensors, module(image(shape), torch.tensor([300]), **labels), **({"label": 2} if labels else {}))


def ddpm():
    diffusion = importlib.import_module("models.diffusion")
    cases = {
        "celeba_hq, lsun: two residual blocks": dict(ch=32, ch_mult=[1, 1, 2], num_res_blocks=2, attn_resolutions=[4], resamp_with_conv=True),
        "cifar10: attention at the second of four levels": dict(
            ch=32, ch_mult=[1, 2, 2, 2], num_res_blocks=2, attn_resolutions=[4], resamp_with_conv=True
        ),
        "resampling without convolutions": dict(ch=32, ch_mult=[1, 2], num_res_blocks=1, attn_resolutions=[8, 4], resamp_with_conv=False),
    }
    for name, arguments in cases.items():
        model = types.SimpleNamespace(**arguments, in_channels=3, out_ch=3, dropout=0.0)
        module = diffusion.Model(types.SimpleNamespace(model=model, data=types.SimpleNamespace(image_size=8))).eval()
        tensors = fill(module)
        shape = [1, 3, 8, 8]
        yield record(name, arguments, shape, 300, tensors, module(image(shape), torch.tensor([300])))


def edm():
    networks = importlib.import_module("training.networks")
    song = dict(model_type="SongUNet", model_channels=32, channel_mult=[1, 2], num_blocks=1, attn_resolutions=[4])
    song_pp = dict(**song, embedding_type="positional", encoder_type="standard", channel_mult_noise=1, resample_filter=[1, 1])
    ncsn = dict(**song, embedding_type="fourier", encoder_type="residual", channel_mult_noise=2, resample_filter=[1, 3, 3, 1])
    dhariwal = dict(model_type="DhariwalUNet", model_channels=64, channel_mult=[1, 2], num_blocks=1, attn_resolutions=[8, 4])
    cases = {
        "edm-cifar10-*-uncond-vp: DDPM++": ("EDMPrecond", {**song_pp, "num_blocks": 2, "augment_dim": 9}),
        "edm-cifar10-*-cond-vp: labels": ("EDMPrecond", {**song_pp, "label_dim": 4, "augment_dim": 9}),
        "edm-ffhq-64x64-*-vp: three levels": ("EDMPrecond", {**song_pp, "channel_mult": [1, 2, 2]}),
        "edm-ffhq-64x64-*-ve: NCSN++": ("EDMPrecond", ncsn),
        "baseline-*-vp": ("VPPrecond", song_pp),
        "baseline-*-ve: NCSN++": ("VEPrecond", ncsn),
        "skips in encoder and decoder": ("VEPrecond", {**ncsn, "encoder_type": "skip", "decoder_type": "skip"}),
        "edm-imagenet-64x64-cond-adm: DhariwalUNet": ("EDMPrecond", {**dhariwal, "label_dim": 5}),
        "baseline-imagenet-64x64-cond-adm: iDDPM": ("iDDPMPrecond", {**dhariwal, "channel_mult": [1, 1], "label_dim": 5}),
    }
    for name, (kind, arguments) in cases.items():
        module = getattr(networks, kind)(img_resolution=8, img_channels=3, **arguments).eval()
        tensors = fill(module.model)
        shape, classes = [1, 3, 8, 12], arguments.get("label_dim")
        labels = None if classes is None else torch.nn.functional.one_hot(torch.tensor([1]), classes)
        output = module(image(shape), torch.tensor([1.25]), labels)
        yield record(name, arguments, shape, 1.25, tensors, output, preconditioning=kind, **({} if classes is None else {"label": 1}))


def drunet():
    network_unet = importlib.import_module("models.network_unet")
    for name, channels in (("drunet_gray", 1), ("drunet_color", 3)):
        arguments = dict(in_nc=channels + 1, out_nc=channels, nc=[8, 16, 24, 32], nb=4, act_mode="R", downsample_mode="strideconv",
                         upsample_mode="convtranspose")
        module = network_unet.UNetRes(**arguments).double().eval()
        tensors = fill(module)
        shape, sigma = [1, channels, 8, 16], 0.125
        x = image(shape).double()
        yield record(name, arguments, shape, sigma, tensors, module(torch.cat([x, torch.full_like(x[:, :1], sigma)], 1)))


def origin(family, path):
    """Where the sources come from: the commit of the checkout, and the hash of the text of every definition that computes."""
    git = subprocess.run(["git", "-C", str(path), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    told = path / "COMMIT"
    commit = told.read_text().strip() if told.exists() else git.stdout.strip()
    texts = {}
    for module, names in SOURCES[family].items():
        for name in names.split():
            source = inspect.getsource(getattr(importlib.import_module(module), name))
            texts[f"{module}.{name}"] = hashlib.sha256(source.rstrip().encode()).hexdigest()[:16]
    return {"commit": commit, "sha256": texts}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    for option in ("guided-diffusion", "edm", "dpir", "ddpm"):
        parser.add_argument(f"--{option}", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    arguments.folder.mkdir(parents=True, exist_ok=True)
    torch.set_grad_enabled(False)
    # In this order, each with its own path first: two of the repositories have a package `models`.
    for family, make, name in (("guided_diffusion", adm, "adm"), ("edm", edm, "edm"), ("dpir", drunet, "drunet"), ("ddpm", ddpm, "ddpm")):
        path = getattr(arguments, family).resolve()
        for module in [module for module in sys.modules if module.split(".")[0] in ("models", "training", "guided_diffusion")]:
            del sys.modules[module]
        sys.path.insert(0, str(path))
        cases = list(make())
        provenance = {
            "script": "tools/goldens/make_network_goldens.py",
            "torch": torch.__version__, "numpy": np.__version__, **origin(family, path),
        }
        sys.path.remove(str(path))
        target = arguments.folder / f"{name}.json"
        target.write_text(json.dumps({"provenance": provenance, "cases": cases}, indent=1) + "\n")
        print(target, target.stat().st_size)


if __name__ == "__main__":
    main()
