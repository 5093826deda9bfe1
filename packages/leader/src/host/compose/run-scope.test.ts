import { expect, test } from "vitest";
import { RunScope } from "./run-scope.js";
import { stageToken, type Token } from "./tokens.js";

const token = <T>(name: string): Token<T> => ({ key: Symbol.for(`leader.test.${name}`) });

test("makes a thing once, when it is first asked for", async () => {
  const scope = new RunScope();
  let made = 0;
  scope.bind(token<object>("thing"), () => ({ number: ++made }));
  expect(made).toBe(0);
  const [a, b] = await Promise.all([scope.get(token<object>("thing")), scope.get(token<object>("thing"))]);
  expect(a).toBe(b);
  expect(made).toBe(1);
});

test("two runs share nothing", async () => {
  const [first, second] = [new RunScope(), new RunScope()];
  for (const scope of [first, second]) scope.bind(token<object>("thing"), () => ({}));
  expect(await first.get(token<object>("thing"))).not.toBe(await second.get(token<object>("thing")));
  expect(second.has(token("other"))).toBe(false);
});

test("refuses a second binding, also under a token of another copy", () => {
  const scope = new RunScope().bind(stageToken("operator"), () => Promise.reject(new Error("never made")));
  expect(() => scope.bind({ key: Symbol.for("leader.stage.operator") }, () => 1)).toThrow(
    expect.objectContaining({ code: "LEADER_STAGE_BOUND_TWICE" }) as Error,
  );
});

test("disposes what was made, last first, each once", async () => {
  const log: string[] = [];
  const scope = new RunScope();
  scope.bind(token("a"), () => ({ [Symbol.dispose]: () => void log.push("a") }));
  scope.bind(token("b"), () => ({
    async [Symbol.asyncDispose]() {
      await Promise.resolve();
      log.push("b");
    },
  }));
  scope.bind(token("c"), () => ({ [Symbol.dispose]: () => void log.push("c") }));
  await scope.get(token("a"));
  await scope.get(token("b"));
  await scope[Symbol.asyncDispose]();
  await scope[Symbol.asyncDispose]();
  expect(log).toEqual(["b", "a"]);
});
