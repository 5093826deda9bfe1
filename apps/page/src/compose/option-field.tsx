import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Fields } from "../api/records.js";
import { Field, type ControlProps } from "../parts/field.js";
import { numberOfTyped, typedOf, valueAt, valueOfTyped, type Path } from "./pipeline-text.js";
import { fieldId } from "./problems.js";
import { shown, type Control, type Option } from "./schema.js";

/** What all fields of a form share. */
export interface Composing {
  /** What the pipeline says. */
  readonly value: Fields;
  readonly errors: ReadonlyMap<string, string>;
  /** States a value, or takes it away where it is undefined. */
  readonly onChange: (path: Path, value: unknown) => void;
}

export interface OptionFieldProps {
  readonly option: Option;
  readonly path: Path;
  readonly composing: Composing;
}

/** The field of an option, or the fields of a group of them. */
export function OptionField(props: OptionFieldProps): JSX.Element {
  const { option, path, composing } = props;
  const { control } = option;
  if (control.kind === "group")
    return (
      <fieldset class="group">
        <legend>{option.name}</legend>
        {option.description === "" ? null : <p class="hint">{option.description}</p>}
        {control.options.map((inner) => (
          <OptionField key={inner.name} option={inner} path={[...path, inner.name]} composing={composing} />
        ))}
      </fieldset>
    );
  const dotted = path.join(".");
  return (
    <Field id={fieldId(dotted)} label={option.name} hint={<Hint {...option} />} error={composing.errors.get(dotted)}>
      {(field) => <Input {...props} control={control} field={field} />}
    </Field>
  );
}

function Hint({ description, byDefault, range, required, control }: Option): JSX.Element {
  const byHand =
    control.kind === "yaml" ? "as YAML, such as [1, 2] or { key: 1 }" : control.kind === "scalar" ? wordsOf(control.suggestions) : "";
  const facts = [required ? "has to be stated" : "", byDefault === undefined ? "" : `default ${byDefault}`, range, byHand].filter(
    (fact) => fact !== "",
  );
  return (
    <>
      {description}
      {facts.length === 0 ? null : <em>{`${description === "" ? "" : " · "}${facts.join(" · ")}`}</em>}
    </>
  );
}

const wordsOf = (words: readonly unknown[]): string => (words.length === 0 ? "" : `or ${words.map(shown).join(", ")}`);

interface InputProps extends OptionFieldProps {
  readonly control: Exclude<Control, { readonly kind: "group" }>;
  readonly field: ControlProps;
}

function Input({ option, path, composing, control, field }: InputProps): JSX.Element {
  const value = valueAt(composing.value, path);
  const change = (next: unknown): void => composing.onChange(path, next);
  if (control.kind === "choice") return <Choice {...{ control, field, option, value, change }} />;
  const read = control.kind === "number" ? numberOfTyped : control.kind === "text" ? textOfTyped : valueOfTyped;
  return (
    <Typed
      value={value}
      read={read}
      onValue={change}
      // Files that were sent along are suggested wherever one may be named.
      field={control.kind === "number" ? field : { ...field, list: "uploads" }}
      placeholder={option.byDefault ?? ""}
    />
  );
}

const textOfTyped = (text: string): string | undefined => (text === "" ? undefined : text);

interface ChoiceProps {
  readonly control: Extract<Control, { readonly kind: "choice" }>;
  readonly field: ControlProps;
  readonly option: Option;
  readonly value: unknown;
  readonly change: (value: unknown) => void;
}

function Choice({ control, field, option, value, change }: ChoiceProps): JSX.Element {
  const at = control.values.findIndex((one) => one === value);
  // A value that is none of them stays visible, so that it can be seen to be wrong.
  const strange = value !== undefined && at < 0;
  return (
    <select
      {...field}
      value={strange ? "strange" : at < 0 ? "" : String(at)}
      onChange={({ currentTarget }) => change(control.values[Number(currentTarget.value || -1)])}
    >
      <option value="">{option.byDefault === undefined ? "not stated" : `default: ${option.byDefault}`}</option>
      {strange ? <option value="strange">{typedOf(value)}</option> : null}
      {control.values.map((one, i) => (
        <option key={String(one)} value={String(i)}>
          {shown(one)}
        </option>
      ))}
    </select>
  );
}

interface TypedProps {
  readonly value: unknown;
  readonly read: (text: string) => unknown;
  readonly onValue: (value: unknown) => void;
  readonly field: ControlProps & { readonly list?: string };
  readonly placeholder: string;
}

/** A text field for a value. What is typed stays as it was typed ("1." or "0.10") for as long as it means the value. */
function Typed({ value, read, onValue, field, placeholder }: TypedProps): JSX.Element {
  const [typed, setTyped] = useState(typedOf(value));
  const same = JSON.stringify(read(typed)) === JSON.stringify(value);
  return (
    <input
      {...field}
      type="text"
      autocomplete="off"
      spellcheck={false}
      placeholder={placeholder}
      value={same ? typed : typedOf(value)}
      onInput={({ currentTarget }) => {
        setTyped(currentTarget.value);
        onValue(read(currentTarget.value));
      }}
    />
  );
}
