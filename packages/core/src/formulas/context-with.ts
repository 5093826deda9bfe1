import { forward } from "@leader/graph";
import type { StepContext } from "../contract/baseline.js";

/** The context that a wrapper gives to what it wraps: its own, with some members replaced. */
export const contextWith = (ctx: StepContext, changes: Partial<StepContext>): StepContext => forward(ctx, changes);
