import type { StageKind, StageKinds } from "@leader/core";

declare const made: unique symbol;

/** A typed injection token; `Symbol.for` makes two copies of this package agree. */
export interface Token<T> {
  readonly key: symbol;
  readonly [made]?: T;
}

/** The token of a stage of a run. */
export const stageToken = <K extends StageKind>(kind: K): Token<StageKinds[K]> => ({ key: Symbol.for(`leader.stage.${kind}`) });
