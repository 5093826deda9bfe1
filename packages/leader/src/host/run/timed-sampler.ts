import { setImmediate } from "node:timers/promises";
import type { CompiledSampler, PhaseName } from "@leader/core";
import { forward } from "@leader/graph";

/** A compiled sampler that counts the milliseconds its graphs run. */
export interface TimedSampler {
  readonly sampler: CompiledSampler;
  /** Milliseconds since the last call, of one graph or of all others. */
  take(): { readonly predict: number; readonly others: number };
}

const networkPhases: ReadonlySet<PhaseName> = new Set<PhaseName>(["predict", "between", "again"]);

/** Wraps the graphs of a sampler in a clock. Backends return when a graph has run, so the clock sees the computation. */
export function timed(sampler: CompiledSampler): TimedSampler {
  const spent = { predict: 0, others: 0 };
  const clocked = forward(sampler, {
    phase: async (name: PhaseName) => {
      const { phase, executable } = await sampler.phase(name);
      const run: typeof executable.run = async (inputs) => {
        // Lets a cancellation in between two graphs: a backend may compute without ever yielding to the event loop.
        await setImmediate();
        const start = performance.now();
        try {
          return await executable.run(inputs);
        } finally {
          spent[networkPhases.has(name) ? "predict" : "others"] += performance.now() - start;
        }
      };
      return { phase, executable: forward(executable, { run }) };
    },
  });
  return {
    sampler: clocked,
    take() {
      const taken = { ...spent };
      spent.predict = 0;
      spent.others = 0;
      return taken;
    },
  };
}
