import { firstPipeline } from "../compose/first-pipeline.js";
import type { Params } from "../compose/params.js";
import type { Uploads } from "../compose/uploads.js";
import { extraFields, formOf, paramFields, type Extras } from "./request.js";
import { initialTaskForm, taskFields, type TaskForm } from "./tasks.js";

/** All that is set on the page about the next request. */
export interface Draft {
  readonly mode: "task" | "pipeline";
  readonly task: TaskForm;
  /** The pipeline as YAML. */
  readonly text: string;
  readonly params: Params;
  readonly uploads: Uploads;
  readonly extras: Extras;
}

export const firstDraft: Draft = {
  mode: "task",
  task: initialTaskForm,
  text: firstPipeline,
  params: {},
  uploads: new Map(),
  extras: { seed: "", uncertainty: false },
};

/** The form to send for a draft. A pipeline says its own seed. */
export function requestOf(picture: File, { mode, task, text, params, uploads, extras }: Draft): FormData {
  return mode === "task"
    ? formOf(picture, [...taskFields(task), ...extraFields(extras)])
    : formOf(picture, [["pipeline", text], ...paramFields(params), ...uploads, ...extraFields({ ...extras, seed: "" })]);
}
