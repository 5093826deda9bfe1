import { expect, test } from "vitest";
import { parseReference } from "./reference.js";

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
