"""A prior in ONNX form, seen as a denoiser."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime


class OnnxPrior:
    """Runs epsilon(x, alpha_bar) with a fixed number of threads."""

    def __init__(self, path: Path, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def epsilon(self, x: np.ndarray, alpha_bar: float) -> np.ndarray:
        level = np.full(len(x), alpha_bar, np.float32)
        return self.session.run(None, {"x": x.astype(np.float32), "alpha_bar": level})[0]

    def epsilon_at(self, noisy: np.ndarray, sigma: float) -> np.ndarray:
        """Epsilon for `noisy = clean + sigma * noise`."""
        alpha_bar = 1 / (1 + sigma**2)
        return self.epsilon(noisy * np.sqrt(alpha_bar), alpha_bar)

    def denoise(self, noisy: np.ndarray, sigma: float) -> np.ndarray:
        return noisy - sigma * self.epsilon_at(noisy, sigma)
