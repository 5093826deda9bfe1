import type * as Queue from "@leader/queue";
import { errors } from "../error-codes.js";

/** The package of the queue, which is installed by those who want one. Errors: `QUEUE_MISSING`. */
export async function queuePackage(): Promise<typeof Queue> {
  try {
    return await import("@leader/queue");
  } catch (cause) {
    throw errors.QUEUE_MISSING({}, { cause });
  }
}
