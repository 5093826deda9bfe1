import type { Suite } from "./results-page.js";

/** A suite with its benches and the page that they make. */
export interface RunnableSuite extends Suite {
  /** Benches that measure LPIPS. */
  readonly perceptual: readonly string[];
  /** The page, from the root of the repository. */
  readonly page: string;
}

const published = "The paper: PSNR +0.8 to +2.6 %, LPIPS -12.8 to -2.7 %, time -8.4 to -3.0 %.";
const frontier = ["hosts", "diffpir", "schedulers", "curves", "curves-hosts", "uncertainty"] as const;

/** `paper`: the experiments of the paper by its rules, small. `frontier`: this project's defaults. */
export const suites: Readonly<Record<"paper" | "frontier", RunnableSuite>> = {
  paper: {
    title: "Results",
    folder: "bench/paper",
    full: [],
    benches: ["table1", "table2", "table3", "table4", "figure4", "figure5", "proposition41", "proposition42", "calibration"],
    perceptual: ["table1", "table2", "table3", "figure5"],
    page: "docs/results.md",
    remark:
      "Few small pictures and a small prior: these tables show directions, not the paper's numbers, which stand beside ours in columns of their own. LEADer stands here at the paper's rules: its schedule of up to 100 steps, and each method's own share of fresh noise. What it is worth at the settings of this project, in 20 evaluations at most, is measured in [*The frontier*](frontier.md).",
    averaged: { bench: "table1", remark: published },
  },
  frontier: {
    title: "The frontier of PSNR and LPIPS",
    folder: "bench/frontier",
    full: ["hosts", "diffpir", "schedulers", "curves", "curves-hosts", "uncertainty"],
    benches: frontier,
    perceptual: ["hosts", "diffpir", "schedulers", "curves", "curves-hosts"],
    page: "docs/frontier.md",
    remark: "LEADer at the defaults of this project, which were tuned on other photographs ([how](bench.md#tuning)).",
    averaged: { bench: "hosts", remark: published },
  },
};
