import { memberOf } from "@leader/graph/records";
import type { Interruption } from "../interruption.js";
import type { Place } from "../worker/place.js";
import { showWarnings } from "../worker/warnings.js";
import { failedUnit } from "./failed-unit.js";
import type { BenchTasks, PlannedCombination } from "./tasks.js";
import { UnitStore, type Unit, type UnitRecord } from "./unit.js";

/** What measuring units needs. */
export interface Measuring {
  readonly place: Place<BenchTasks>;
  readonly output: string;
  readonly interruption: Pick<Interruption, "signal" | "finishing">;
  /** Called after each unit, with its record on the disk. */
  readonly done: (record: UnitRecord) => void;
}

/** How a working process ends that does not answer any more. */
const endings: readonly unknown[] = ["CHILD_CRASHED", "MEMORY_LIMIT", "TIME_LIMIT", "TIME_STALLED"].map((name) => `LEADER_${name}`);

/** Has every unit measured, one after the other. A unit that ends the working process has failed, and the next one gets a new process. */
export async function measureUnits(measuring: Measuring, combinations: readonly PlannedCombination[]): Promise<void> {
  for (const unit of combinations.flatMap(({ units }) => units)) {
    if (measuring.interruption.signal.aborted || measuring.interruption.finishing) return;
    measuring.done(await measureUnit(measuring, unit));
  }
}

async function measureUnit({ place, output, interruption: { signal } }: Measuring, unit: Unit): Promise<UnitRecord> {
  const asked = { begun: false };
  const onEvent = (event: unknown): void => {
    if (memberOf(event, "type") === "unit-begin") asked.begun = true;
    showWarnings(event);
  };
  try {
    return await place.do("measure", { output, unit: unit.id }, { signal, onEvent });
  } catch (error) {
    // What ends a process that is only being set up would end the next one too.
    if (!asked.begun || !endings.includes(memberOf(error, "code"))) throw error;
    const record = failedUnit(unit, error);
    await (await UnitStore.open(output)).write(record);
    return record;
  }
}
