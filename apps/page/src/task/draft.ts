import { firstPipeline } from "../compose/first-pipeline.js";
import type { Uploads } from "../compose/uploads.js";
import { extraFields, formOf, type Extras } from "./request.js";
import { initialTaskForm, taskFields, type TaskForm } from "./tasks.js";

/** All that is set on the page about the next request. */
export interface Draft {
  readonly mode: "task" | "pipeline";
  readonly task: TaskForm;
  /** The pipeline as YAML. */
  readonly text: string;
  readonly uploads: Uploads;
  readonly extras: Extras;
}

export const firstDraft: Draft = {
  mode: "task",
  task: initialTaskForm,
  text: firstPipeline,
  uploads: new Map(),
  extras: { seed: "", uncertainty: false },
};

/** The form to send for a draft. A pipeline says its own seed. */
export function requestOf(picture: File, { mode, task, text, uploads, extras }: Draft): FormData {
  return mode === "task"
    ? formOf(picture, [...taskFields(task), ...extraFields(extras)])
    : formOf(picture, [["pipeline", text], ...uploads, ...extraFields({ ...extras, seed: "" })]);
}
