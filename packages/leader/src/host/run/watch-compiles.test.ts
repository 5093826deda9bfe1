import type { PipelineEventBody } from "@leader/core";
import { expect, test } from "vitest";
import { watchCompiles } from "./watch-compiles.js";

const compile = (graph: string, hash: string): PipelineEventBody => ({
  type: "graph-compile",
  graph,
  hash,
  nodes: 1,
  backend: "b",
  reason: "r",
});

test("a graph that is compiled a second time in a run gives a warning that names both", () => {
  const seen: PipelineEventBody[] = [];
  const emit = watchCompiles((event) => seen.push(event));
  emit(compile("predict", "aaa"));
  emit(compile("update", "bbb"));
  expect(seen.map((e) => e.type)).toEqual(["graph-compile", "graph-compile"]);
  emit(compile("update", "ccc"));
  expect(seen.at(-1)).toMatchObject({
    type: "warning",
    code: "LEADER_RECOMPILED",
    message: expect.stringMatching(/update.*bbb.*ccc/u) as string,
  });
});

test("each part of a picture may have graphs of its own", () => {
  const seen: PipelineEventBody[] = [];
  const emit = watchCompiles((event) => seen.push(event));
  for (const part of [0, 1]) {
    emit({ type: "part-start", part, parts: 2 });
    emit(compile("update", `of part ${part}`));
  }
  expect(seen.filter((e) => e.type === "warning")).toEqual([]);
  emit(compile("update", "again"));
  expect(seen.at(-1)).toMatchObject({ type: "warning", code: "LEADER_RECOMPILED" });
});
