import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { defineErrors } from "@leader/graph/errors";

const errors = defineErrors("LEADER_COMPARE", {
  USAGE: (p: { problem: string }) => ({
    message: p.problem,
    hint: "npm run compare-checkouts -- OTHER [--base .] [--only gaussian-deblur,ddnm/inpainting] [--seeds 0,1] [--steps 8] [--side 32]",
  }),
});

/** What is compared with what, and how. */
export interface CompareOptions {
  readonly base: string;
  readonly other: string;
  /** Names of tasks or presets; empty: all. */
  readonly only: readonly string[];
  readonly seeds: readonly number[];
  readonly steps: number;
  readonly side: number;
}

/** Reads the command line. Errors: `LEADER_COMPARE_USAGE`. */
export function compareOptions(args: readonly string[]): CompareOptions {
  const { values, positionals } = parsed(args);
  const [other, ...more] = positionals;
  if (other === undefined || more.length > 0) throw errors.USAGE({ problem: "name the folder of the other checkout, and no more" });
  return {
    base: values.base,
    other,
    only: list(values.only),
    seeds: list(values.seeds).map((text) => whole("--seeds", text, 0)),
    steps: whole("--steps", values.steps, 1),
    side: whole("--side", values.side, 1),
  };
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        base: { type: "string", default: fileURLToPath(new URL("../../../", import.meta.url)) },
        only: { type: "string", default: "" },
        seeds: { type: "string", default: "0,1" },
        steps: { type: "string", default: "8" },
        side: { type: "string", default: "32" },
      },
    });
  } catch (cause) {
    throw errors.USAGE({ problem: cause instanceof Error ? cause.message : String(cause) }, { cause });
  }
}

const list = (text: string): readonly string[] => text.split(",").filter((item) => item !== "");

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < least)
    throw errors.USAGE({ problem: `${option} takes whole numbers of at least ${least}, received \`${text}\`` });
  return value;
}
