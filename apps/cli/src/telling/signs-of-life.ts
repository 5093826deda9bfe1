import type { Ways } from "./ways.js";

const everyMs = 10_000;

/**
 * Tells, while something works that tells nothing by itself, that it goes on, so that the watch over the progress does not end it.
 *
 * @param most signs that are given, after which what hangs is ended all the same. Default: all, for what is watched by itself
 */
export async function withSigns<T>(emit: Ways["emit"], type: string, work: () => Promise<T>, most = Infinity): Promise<T> {
  let given = 0;
  const timer = setInterval(() => {
    if (given++ < most) emit({ type });
  }, everyMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
