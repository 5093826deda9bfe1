import { Interruption } from "../interruption.js";
import { openWorkplace, type Workplace, type WorkplaceOptions } from "./workplace.js";

/**
 * Answers a command's question in a working process, which is gone afterwards. Returns the exit code: that of an
 * interruption if one came.
 */
export async function ask(
  options: WorkplaceOptions,
  answer: (workplace: Workplace, interruption: Pick<Interruption, "signal" | "finish">) => Promise<number>,
): Promise<number> {
  using interruption = new Interruption();
  await using workplace = openWorkplace(options);
  try {
    return await answer(workplace, interruption);
  } catch (error) {
    if (interruption.exitCode !== undefined) return interruption.exitCode;
    throw error;
  }
}
