import { errors } from "./error-codes.js";

/** One of several processes that share the work. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** The share of the work that `--shard i/n` names; all of it without the option. Errors: `USAGE`. */
export function shardOf(text: string | undefined): Shard {
  if (text === undefined) return { index: 0, count: 1 };
  const match = /^(\d+)\/(\d+)$/u.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count) {
    throw errors.USAGE({ problem: `--shard takes i/n with 1 <= i <= n, received \`${text}\``, hint: "for example --shard 2/4" });
  }
  return { index: index - 1, count };
}
