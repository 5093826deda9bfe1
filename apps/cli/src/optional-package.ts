import { memberOf } from "@leader/graph/records";

/** Loads a package that is installed by those who want it; `missing` makes the error that says how. */
export async function optionalPackage<T>(load: () => Promise<T>, missing: (cause: unknown) => Error): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw memberOf(error, "code") === "ERR_MODULE_NOT_FOUND" ? missing(error) : error;
  }
}
