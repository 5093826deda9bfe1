import type { JSX } from "preact";
import type { Failure } from "../api/failure.js";
import type { About } from "../api/views.js";
import { Field } from "../parts/field.js";
import { Segments } from "../parts/segments.js";
import { qualitiesOf, taskOf, tasks, valueOf, type TaskForm, type TaskOption } from "./tasks.js";
import { pictureTypes } from "../picture/picture-types.js";

export interface TaskFieldsProps {
  readonly form: TaskForm;
  readonly about: About | undefined;
  readonly failure: Failure | undefined;
  readonly onChange: (form: TaskForm) => void;
}

/** The choice of a task with its options. */
export function TaskFields(props: TaskFieldsProps): JSX.Element {
  const { form, about, onChange } = props;
  return (
    <>
      <fieldset class="cards">
        <legend>Task</legend>
        {tasks.map(({ name, title, summary }) => (
          <label key={name} class="card">
            <input type="radio" name="task" value={name} checked={form.task === name} onChange={() => onChange({ ...form, task: name })} />
            <strong>{title}</strong>
            <span class="hint">{summary}</span>
          </label>
        ))}
      </fieldset>
      {taskOf(form.task).options.map((option) => (
        <Option key={`${form.task} ${option.name}`} option={option} {...props} />
      ))}
      <Segments
        name="quality"
        legend="Quality"
        value={form.quality}
        choices={qualitiesOf(form.task, about)}
        onChange={(quality) => onChange({ ...form, quality })}
      />
    </>
  );
}

function Option({ option, form, about, failure, onChange }: TaskFieldsProps & { readonly option: TaskOption }): JSX.Element {
  const { name, label, hint, kind } = option;
  const error = failure?.field === name ? failure.message.replace(/^`\w+`: /u, "") : undefined;
  const type = (value: string): void => onChange({ ...form, values: { ...form.values, [name]: value } });
  return (
    <Field id={`field-${name}`} label={label} hint={hint} error={error} check={kind === "flag"}>
      {(control) => {
        if (kind === "flag")
          return (
            <input
              {...control}
              type="checkbox"
              checked={valueOf(form, option) === "true"}
              onChange={({ currentTarget }) => type(currentTarget.checked ? "true" : "")}
            />
          );
        if (kind === "file")
          return (
            <input
              {...control}
              type="file"
              accept={pictureTypes(about)}
              onChange={({ currentTarget }) => {
                const { [name]: _, ...others } = form.files;
                const file = currentTarget.files?.[0];
                onChange({ ...form, files: file === undefined ? others : { ...others, [name]: file } });
              }}
            />
          );
        return (
          <input
            {...control}
            type="text"
            inputMode={kind === "number" ? "decimal" : undefined}
            autocomplete="off"
            value={valueOf(form, option)}
            onInput={({ currentTarget }) => type(currentTarget.value)}
          />
        );
      }}
    </Field>
  );
}
