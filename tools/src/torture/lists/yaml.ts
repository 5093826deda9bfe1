import fc from "fast-check";
import { isConfigError, parseConfigText } from "leader-restore";
import { mutated, mutations } from "../mutation.js";
import type { TortureList } from "../torture-list.js";

const pipelines = [
  `apiVersion: leader/v1\nseed: 0\noperator: { use: "@leader/operators#super-resolution", with: { method: bicubic, factor: 4 } }\nbaseline: { use: "@leader/baseline-ddnm#ddnm" }\n`,
  `a: &a [1, 2]\nb: *a\nc:\n  - "x\\u0041"\n  - 'it''s'\n  - |\n    block\n  - >-\n    folded\nd: { e: no, f: 0o7, g: 1e-4, h: ~ }\n`,
];
const encoder = new TextEncoder();
const seeds = pipelines.map((text) => encoder.encode(text));

/** Pieces that mean something to a parser, in any order and number. */
const pieces = fc
  .array(
    fc.constantFrom(
      "? ",
      "- ",
      ": ",
      "[",
      "]",
      "{",
      "}",
      ",",
      "&a ",
      "*a",
      "!!x ",
      "'",
      '"',
      "|\n",
      ">\n",
      "\n",
      "  ",
      "# ",
      "---\n",
      "...\n",
      "<<: ",
      "__proto__: ",
      "a",
      "\t",
      "\0",
      "\uFEFF",
      "%YAML 1.2\n",
    ),
    { maxLength: 400 },
  )
  .map((parts) => parts.join(""));
const repeated = fc
  .record({ piece: pieces, times: fc.integer({ min: 1, max: 400 }) })
  .map(({ piece, times }) => piece.slice(0, 40).repeat(times));
const changed = mutations(seeds.length).map((mutation) => new TextDecoder().decode(mutated(seeds, mutation)));

/** Processor time that one text may take, in milliseconds; collections of garbage are in it. */
const mostMs = 400;

/** Pipeline texts. */
export const yaml: TortureList<string> = {
  name: "yaml",
  promise: "a text is read, or refused with codes and places, in little time",
  cases: { quick: 200, full: 2000 },
  generator: fc.oneof(changed, pieces, repeated),
  check(text) {
    const start = process.cpuUsage();
    const outcome = read(text);
    const { user, system } = process.cpuUsage(start);
    const ms = (user + system) / 1000;
    if (ms > mostMs) throw new Error(`it took ${Math.round(ms)} ms`);
    return outcome;
  },
};

function read(text: string): string {
  try {
    JSON.stringify(parseConfigText(text, "p.yaml", []).value);
    return "read";
  } catch (error) {
    if (!isConfigError(error)) throw error;
    if (error.diagnostics.some(({ line, column }) => line === undefined || column === undefined))
      throw new Error("an error has no place", { cause: error });
    return "refused";
  }
}
