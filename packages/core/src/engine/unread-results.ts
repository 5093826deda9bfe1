import { defined } from "@leader/graph";
import { withoutResults, type Phase } from "./phase.js";
import { phasesOf, type SamplerGraphs } from "./sampler-graphs.js";
import { isNamed, valueName } from "./value-names.js";

const priorShare = valueName("prior", "varianceShare");

/** The graphs without results that no phase reads: a learned variance that the method leaves alone, state that only time travel would read. */
export const withoutUnread = (graphs: SamplerGraphs, travels: boolean): SamplerGraphs =>
  withoutUnreadState(withoutUnreadShare(graphs), travels);

function withoutUnreadShare(graphs: SamplerGraphs): SamplerGraphs {
  const { predict, amortised, inner, update } = graphs;
  if (!predict.results.has(priorShare) || [update, inner?.advance].some((phase) => phase?.inputs.includes(priorShare) === true))
    return graphs;
  const without = (phase: Phase): Phase => withoutResults(phase, new Set([priorShare]));
  const alone = without(predict);
  return {
    ...graphs,
    predict: alone,
    ...defined({
      amortised: amortised && { ...amortised, between: without(amortised.between) },
      // A network with its derivative is compiled once where the two phases are one.
      inner: inner && { ...inner, again: inner.again === predict ? alone : without(inner.again) },
    }),
  };
}

function withoutUnreadState(graphs: SamplerGraphs, travels: boolean): SamplerGraphs {
  if (travels) return graphs;
  const { inner, update } = graphs;
  const writers = inner === undefined ? [update] : [update, inner.advance];
  const passedOn = writers.flatMap(({ results }) => [...results.values()].flatMap((s) => (s.from === "input" ? [s.name] : [])));
  const read = new Set([...phasesOf(graphs).flatMap(({ name, inputs }) => (name === "travel" ? [] : inputs)), ...passedOn]);
  const unread = new Set([...update.results.keys()].filter((name) => isState(name) && !read.has(name)));
  return {
    ...graphs,
    init: withoutResults(graphs.init, unread),
    update: withoutResults(update, unread),
    ...defined({ inner: inner && { ...inner, advance: withoutResults(inner.advance, unread) } }),
  };
}

const isState = (name: string): boolean => isNamed(name, "state", "modulatorState");
