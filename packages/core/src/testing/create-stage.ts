import type { StandardSchemaV1 } from "@standard-schema/spec";
import { graphErrors } from "@leader/graph";
import type { Stage, StageEnvironment, StageKind, StageKinds } from "../contract/plugin.js";

/** An environment without files, for stages under test. */
export const testEnvironment: StageEnvironment = {
  resolvePath: (path) => path,
  readArray: (path) =>
    Promise.reject(
      graphErrors.BAD_ARGUMENT({ function: "readArray", expected: "a stage that reads no file in this test", received: path }),
    ),
  warn: () => undefined,
};

/** Validates options as a host does and makes the stage. */
export async function createStage<K extends StageKind>(
  stage: Stage<K>,
  options: unknown,
  environment: StageEnvironment = testEnvironment,
): Promise<StageKinds[K]> {
  const result: StandardSchemaV1.Result<unknown> = await stage.options["~standard"].validate(options);
  if (result.issues !== undefined) {
    const received = result.issues.map((issue) => issue.message).join("; ");
    throw graphErrors.BAD_ARGUMENT({ function: `options of the ${stage.kind}`, expected: "valid options", received });
  }
  return await stage.create(result.value, environment);
}
