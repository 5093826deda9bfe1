import type { Preview } from "../api/views.js";

/** Frames that are kept: enough to see how a picture develops, few enough for a phone. */
export const mostFrames = 12;

/** Frames spread evenly over a run whose length nobody knows. */
export interface Film {
  readonly frames: readonly Preview[];
  /** The newest frame, also where it is not kept. */
  readonly latest?: Preview;
  /** Every so many frames one is kept. */
  readonly stride: number;
  readonly seen: number;
}

export const emptyFilm: Film = { frames: [], stride: 1, seen: 0 };

/** The film with one frame more. When it is full, every second frame goes. */
export function withFrame(film: Film, latest: Preview): Film {
  // A stream that is opened again begins with the newest frame.
  if (film.latest !== undefined && latest.step <= film.latest.step) return film;
  const seen = film.seen + 1;
  if (film.seen % film.stride !== 0) return { ...film, latest, seen };
  const frames = [...film.frames, latest];
  if (frames.length <= mostFrames) return { ...film, frames, latest, seen };
  return { frames: frames.filter((_, i) => i % 2 === 0), latest, stride: 2 * film.stride, seen };
}

/** What there is to show: the kept frames, and the newest one. */
export const shownFrames = ({ frames, latest }: Film): readonly Preview[] =>
  latest === undefined || frames.at(-1)?.step === latest.step ? frames : [...frames, latest];
