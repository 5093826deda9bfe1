import type { PipelineEventBody } from "@leader/core";
import { errors } from "../../error-codes.js";

type Emit = (event: PipelineEventBody) => void;

/**
 * Every graph is compiled at most once in a run, or in a part of its picture, whose place may be built into it; a second time means that a
 * changing number was.
 */
export function watchCompiles(emit: Emit): Emit {
  const compiled = new Map<string, string>();
  return (event) => {
    emit(event);
    if (event.type === "part-start") compiled.clear();
    if (event.type !== "graph-compile") return;
    const before = compiled.get(event.graph);
    compiled.set(event.graph, event.hash);
    if (before === undefined) return;
    const { code, message } = errors.RECOMPILED({ graph: event.graph, before, after: event.hash });
    emit({ type: "warning", code, message });
  };
}
