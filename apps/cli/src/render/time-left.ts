/** Time left for all files, once one is done. */
export const leftOfAll = (number: number, total: number, elapsedMs: number | undefined): string =>
  elapsedMs === undefined ? "" : ` · ${timeText(((elapsedMs / (number - 1)) * (total - number + 1)) / 1000)} left in all`;

/** A time as people say it. */
export const timeText = (seconds: number): string => (seconds < 90 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`);
