import { expect, test } from "vitest";
import { adviceOn, parseReference } from "./reference.js";

test.each([
  ["leader#ucpm", { plugin: "leader", stage: "ucpm", isFile: false }],
  ["@acme/leader-flash#flash", { plugin: "@acme/leader-flash", stage: "flash", isFile: false }],
  ["./my.js#a", { plugin: "./my.js", stage: "a", isFile: true }],
  ["../up/my.mjs#a", { plugin: "../up/my.mjs", stage: "a", isFile: true }],
  ["/abs/my.js#a", { plugin: "/abs/my.js", stage: "a", isFile: true }],
  ["./odd#name.js#a", { plugin: "./odd#name.js", stage: "a", isFile: true }],
])("%s", (text, expected) => {
  expect(parseReference(text)).toEqual(expected);
});

test.each([
  "",
  "#",
  "leader",
  "leader#",
  "#ucpm",
  "my.js/x#a",
  "@acme#a",
  "@acme/#a",
  "../../etc/passwd#a",
  "http://x.org/a.js#a",
  "node:fs#a",
  "LEADER#a",
  "a b#c",
  "./my.ts#a",
])("%j names no stage", (text) => {
  expect(parseReference(text)).toBeUndefined();
});

test.each([
  ["./x.ts#y", 'compile ./x.ts (for example with tsc) and write "./x.js#y"'],
  ["./x.mts#y", '"./x.mjs#y"'],
  ["./x.cjs#y", '"./x.mjs#y"'],
  ["./x#y", '"./x.js#y"'],
  ["http://x.org/a.js#a", "never fetched"],
  ["leader", '"<package>#<stage>"'],
  ["LEADER#a", '"<package>#<stage>"'],
])("%j: the advice holds %j", (text, part) => {
  expect(parseReference(text)).toBeUndefined();
  expect(adviceOn(text)).toContain(part);
});
