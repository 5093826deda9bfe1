import type { JSX } from "preact";
import type { Failure } from "../api/failure.js";
import type { About } from "../api/views.js";
import { FailureBox } from "../parts/failure-box.js";
import { Field } from "../parts/field.js";
import { Segments } from "../parts/segments.js";
import { useStore, type Store } from "../parts/store.js";
import { pictureTypes } from "../picture/picture-types.js";
import type { ChosenPicture } from "../picture/chosen-picture.js";
import { requestOf, type Draft } from "./draft.js";
import { PipelineFields } from "./pipeline-fields.js";
import type { Extras } from "./request.js";
import { TaskFields } from "./task-fields.js";

export interface RequestFormProps {
  readonly draft: Store<Draft>;
  readonly about: About | undefined;
  /** The JSON Schema of pipelines. */
  readonly schema: unknown;
  readonly picture: ChosenPicture | undefined;
  readonly busy: boolean;
  readonly failure: Failure | undefined;
  readonly onSubmit: (form: FormData) => void;
}

/** What is to be done with the picture. */
export function RequestForm({ draft, about, schema, picture, busy, failure, onSubmit }: RequestFormProps): JSX.Element {
  const value = useStore(draft);
  // The composer lists the problems of a pipeline itself, with the ways to their places.
  const listed = value.mode === "pipeline" && failure !== undefined && failure.problems.length > 0;
  const change = (changed: Partial<Draft>): void => draft.update((before) => ({ ...before, ...changed }));
  return (
    <form
      class="request"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (picture !== undefined && !busy) onSubmit(requestOf(picture.file, value));
      }}
    >
      <h2 class="hidden">Request</h2>
      {failure === undefined || listed ? null : <FailureBox failure={failure} />}
      <Segments name="mode" legend="What to do" value={value.mode} choices={modes} onChange={(mode) => change({ mode })} />
      {value.mode === "task" ? (
        <TaskFields form={value.task} about={about} failure={failure} onChange={(task) => change({ task })} />
      ) : null}
      {value.mode === "pipeline" ? (
        <PipelineFields
          accepted={pictureTypes(about)}
          schema={schema}
          text={value.text}
          params={value.params}
          uploads={value.uploads}
          failure={listed ? failure : undefined}
          onText={(text) => change({ text })}
          onParams={(params) => change({ params })}
          onUploads={(uploads) => change({ uploads })}
        />
      ) : null}
      <ExtraFields extras={value.extras} mode={value.mode} failure={failure} onChange={(extras) => change({ extras })} />
      <button class="main wide" type="submit" aria-disabled={picture === undefined || busy} aria-describedby="submit-hint">
        Restore
      </button>
      <p class="hint" id="submit-hint">
        {picture === undefined ? "Choose a picture first." : busy ? "One is being restored; cancel it to begin another." : ""}
      </p>
    </form>
  );
}

const modes = [
  { value: "task", title: "Choose a task" },
  { value: "pipeline", title: "Compose" },
] as const;

interface ExtraProps {
  readonly extras: Extras;
  readonly mode: Draft["mode"];
  readonly failure: Failure | undefined;
  readonly onChange: (extras: Extras) => void;
}

function ExtraFields({ extras, mode, failure, onChange }: ExtraProps): JSX.Element {
  const error = failure?.field === "seed" ? failure.message.replace(/^`\w+`: /u, "") : undefined;
  return (
    <>
      <Field id="field-uncertainty" label="Map of uncertainty" hint={uncertaintyHint[mode]} check>
        {(control) => (
          <input
            {...control}
            type="checkbox"
            checked={extras.uncertainty}
            onChange={({ currentTarget }) => onChange({ ...extras, uncertainty: currentTarget.checked })}
          />
        )}
      </Field>
      {mode === "pipeline" ? null : (
        <Field id="field-seed" label="Seed" hint="The same request and seed give the same picture. Empty: 0." error={error}>
          {(control) => (
            <input
              {...control}
              type="text"
              inputMode="numeric"
              autocomplete="off"
              value={extras.seed}
              onInput={({ currentTarget }) => onChange({ ...extras, seed: currentTarget.value })}
            />
          )}
        </Field>
      )}
    </>
  );
}

const uncertaintyHint = {
  task: "How sure the prior is of each pixel, at one more pass per step.",
  pipeline: "How sure the prior is of each pixel. It needs an uncertainty stage.",
} as const;
