import type { UpdateRule } from "./baseline.js";

/**
 * Changes how any baseline samples, without knowing which one it is (EquS). Where a modulator only replaces the prior of a step, a
 * wrapper owns the whole rule. Applied before tracing, so it costs nothing but what it adds to the graphs.
 */
export interface RuleWrapper {
  /** The rule to sample with in place of `rule`. What `rule` reports and keeps must still hold: its fresh noise, its state. */
  wrap(rule: UpdateRule): UpdateRule;
}
