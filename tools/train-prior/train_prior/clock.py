"""The time box: how far training has come, by minutes worked or by the time of day."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import datetime, timedelta


def next_time_of_day(text: str) -> float:
    """Seconds since the epoch of the next HH:MM."""
    now = datetime.now()
    hour, minute = (int(part) for part in text.split(":"))
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return (at if at > now else at + timedelta(days=1)).timestamp()


@dataclass
class TimeBox:
    """Ends after `minutes` of running (counted over all resumptions) or at `until`, whichever comes first.

    Time spent stopped by a signal counts: the learning rate must reach zero by the end whatever else the machine did.
    """

    minutes: float | None
    until: float | None
    started: float
    spent_before: float = 0.0

    def __post_init__(self) -> None:
        if self.minutes is None and self.until is None:
            raise SystemExit("give --minutes or --until: training is time-boxed")
        self._resumed = time.time()

    def spent(self) -> float:
        return self.spent_before + time.time() - self._resumed

    def progress(self) -> float:
        """0 at the start, 1 at the end."""
        worked = self.spent() / (self.minutes * 60) if self.minutes else 0.0
        passed = (time.time() - self.started) / (self.until - self.started) if self.until else 0.0
        return min(1.0, max(worked, passed))


def learning_rate_factor(progress: float, step: int, warmup: int, hold: float) -> float:
    """Short linear warm-up, flat until `hold`, then half a cosine down to zero."""
    tail = max(0.0, progress - hold) / (1 - hold)
    return min(1.0, (step + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * tail))
