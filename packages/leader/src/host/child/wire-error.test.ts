import { isLeaderError } from "@leader/graph";
import { expect, test } from "vitest";
import { errors } from "../../error-codes.js";
import { ConfigError, isConfigError } from "../config/diagnostic.js";
import { fromWire, toWire } from "./wire-error.js";

const throughTheWire = (error: unknown): Error => fromWire(structuredClone(toWire(error)));

test("a coded error keeps code, hint, place, stage and causes", () => {
  const cause = new RangeError("inner", { cause: new TypeError("innermost") });
  const sent = errors.FILE_MISSING({ file: "x.npy" }, { cause, stage: "operator a#b", place: { file: "p.yaml", line: 3, column: 7 } });
  const received = throughTheWire(sent);
  expect(isLeaderError(received)).toBe(true);
  expect(received).toMatchObject({
    code: sent.code,
    message: sent.message,
    hint: sent.hint,
    place: sent.place,
    stage: sent.stage,
    stack: sent.stack,
  });
  expect(received.cause).toMatchObject({ name: "RangeError", message: "inner", cause: { name: "TypeError", message: "innermost" } });
});

test("a configuration error keeps its diagnostics", () => {
  const sent = new ConfigError([
    { code: "LEADER_X", message: "m", hint: "h", path: "a.b", file: "p.yaml", line: 1, column: 2, length: 3, frame: "> 1 | a" },
  ]);
  const received = throughTheWire(sent);
  expect(isConfigError(received) && received.diagnostics).toEqual(sent.diagnostics);
  expect(received.message).toBe(sent.message);
});

test("anything can be thrown, also in a circle", () => {
  expect(throughTheWire("text")).toMatchObject({ message: "text" });
  const circle = new Error("round");
  circle.cause = circle;
  expect(throughTheWire(circle)).toMatchObject({ message: "round", cause: { message: "round" } });
});
