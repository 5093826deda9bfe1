import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Failure } from "../api/failure.js";
import { FailureBox } from "../parts/failure-box.js";
import { Field } from "../parts/field.js";
import type { ChosenPicture } from "../picture/chosen-picture.js";
import { requestOf, type Extras } from "./request.js";
import { TaskFields } from "./task-fields.js";
import { initialTaskForm } from "./tasks.js";

export interface RequestFormProps {
  readonly picture: ChosenPicture | undefined;
  readonly busy: boolean;
  readonly failure: Failure | undefined;
  readonly onSubmit: (form: FormData) => void;
}

/** What is to be done with the picture. */
export function RequestForm({ picture, busy, failure, onSubmit }: RequestFormProps): JSX.Element {
  const [task, setTask] = useState(initialTaskForm);
  const [extras, setExtras] = useState<Extras>({ seed: "", uncertainty: false });
  return (
    <form
      class="request"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (picture !== undefined && !busy) onSubmit(requestOf(picture.file, task, extras));
      }}
    >
      {failure === undefined ? null : <FailureBox failure={failure} />}
      <TaskFields form={task} failure={failure} onChange={setTask} />
      <ExtraFields extras={extras} failure={failure} onChange={setExtras} />
      <button class="main wide" type="submit" aria-disabled={picture === undefined || busy} aria-describedby="submit-hint">
        Restore
      </button>
      <p class="hint" id="submit-hint">
        {picture === undefined ? "Choose a picture first." : busy ? "One is being restored; cancel it to begin another." : ""}
      </p>
    </form>
  );
}

interface ExtraProps {
  readonly extras: Extras;
  readonly failure: Failure | undefined;
  readonly onChange: (extras: Extras) => void;
}

function ExtraFields({ extras, failure, onChange }: ExtraProps): JSX.Element {
  const error = failure?.field === "seed" ? failure.message.replace(/^`\w+`: /u, "") : undefined;
  return (
    <>
      <Field id="field-uncertainty" label="Map of uncertainty" hint="How sure the prior is of each pixel, at one more pass per step." check>
        {(control) => (
          <input
            {...control}
            type="checkbox"
            checked={extras.uncertainty}
            onChange={({ currentTarget }) => onChange({ ...extras, uncertainty: currentTarget.checked })}
          />
        )}
      </Field>
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
    </>
  );
}
