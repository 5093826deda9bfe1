"""Golden values of PSNR, SSIM and MS-SSIM for packages/metrics, from scikit-image and SciPy.

    python make_metric_goldens.py ../../packages/metrics/test/goldens/scikit-image.json

Needs scikit-image 0.26.0. Pictures are 8-bit, [height, width, channel], made here by integer formulas, so no picture of others is stored.
MS-SSIM is not in scikit-image: it is computed here from the definition with scipy.ndimage, on pictures given by formula only.
"""

import json
import sys

import numpy as np
import scipy
import skimage
from scipy.ndimage import gaussian_filter
from skimage.metrics import peak_signal_noise_ratio, structural_similarity


def pair(height, width, channels, strength, seed):
    y, x, c = np.meshgrid(np.arange(height), np.arange(width), np.arange(channels), indexing="ij")
    reference = (x * x * (seed + 1) // 3 + y * y // 2 + x * y + 31 * c + 17 * seed) // 4 % 256
    noise = (x * 37 + y * 101 + c * 17 + x * y * 13 + seed * 7) % 61 - 30
    return np.clip(reference + noise * strength // 30, 0, 255).astype(np.uint8), reference.astype(np.uint8)


def ms_ssim(a, b):
    weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    blur = lambda v: gaussian_filter(v, 1.5, truncate=3.5)[5:-5, 5:-5]
    product = 1.0
    for scale, weight in enumerate(weights):
        ma, mb = blur(a), blur(b)
        va, vb, cov = blur(a * a) - ma**2, blur(b * b) - mb**2, blur(a * b) - ma * mb
        contrast = (2 * cov + 0.03**2) / (va + vb + 0.03**2)
        luminance = (2 * ma * mb + 0.01**2) / (ma**2 + mb**2 + 0.01**2)
        product *= max(0.0, float(np.mean(contrast * luminance if scale == 4 else contrast))) ** weight
        h, w = a.shape[0] // 2 * 2, a.shape[1] // 2 * 2
        half = lambda v: v[:h, :w].reshape(h // 2, 2, w // 2, 2).mean((1, 3))
        a, b = half(a), half(b)
    return product


def case(height, width, channels, strength, seed):
    image, reference = pair(height, width, channels, strength, seed)
    a, b = image / 255.0, reference / 255.0
    options = {"data_range": 1.0, "channel_axis": 2}
    return {
        "height": height, "width": width, "channels": channels,
        "image": image.ravel().tolist(), "reference": reference.ravel().tolist(),
        "psnr": float(peak_signal_noise_ratio(b, a, data_range=1.0)),
        "ssimUniform7": float(structural_similarity(a, b, **options)),
        "ssimGaussian11": float(structural_similarity(a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, **options)),
    }


def large(height, width, strength, seed):
    image, reference = pair(height, width, 3, strength, seed)
    a, b = image / 255.0, reference / 255.0
    value = float(np.mean([ms_ssim(a[..., c], b[..., c]) for c in range(3)]))
    return {"height": height, "width": width, "channels": 3, "strength": strength, "seed": seed, "msSsim": value}


goldens = {
    "provenance": f"tools/goldens/make_metric_goldens.py, scikit-image {skimage.__version__}, SciPy {scipy.__version__}, NumPy {np.__version__}",
    "pairs": [case(17, 13, 3, 8, 0), case(12, 21, 3, 40, 1), case(16, 16, 1, 120, 2), case(11, 11, 3, 3, 3)],
    "large": [large(177, 190, 20, 0), large(176, 176, 120, 1)],
}
with open(sys.argv[1], "w") as file:
    json.dump(goldens, file, separators=(",", ":"))
    file.write("\n")
