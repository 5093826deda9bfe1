import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Fields } from "../api/records.js";
import { Field, type ControlProps } from "../parts/field.js";
import { numberOfTyped, typedOf, valueAt, valueOfTyped, type Path } from "./pipeline-text.js";
import { fieldId } from "./problems.js";
import { shown, variantOf, type Control, type Option, type Variant } from "./schema.js";

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
  if (control.kind === "group") return <Group {...props} control={control} />;
  if (control.kind === "variants") return <Variants {...props} control={control} />;
  const dotted = path.join(".");
  return (
    <Field id={fieldId(dotted)} label={option.name} hint={<Hint {...option} />} error={composing.errors.get(dotted)}>
      {(field) => <Input {...props} control={control} field={field} />}
    </Field>
  );
}

function Group({ option, path, composing, control }: OptionFieldProps & { readonly control: GroupControl }): JSX.Element {
  return (
    <fieldset class="group">
      <legend>{option.name}</legend>
      {option.description === "" ? null : <p class="hint">{option.description}</p>}
      {control.options.map((inner) => (
        <OptionField key={inner.name} option={inner} path={[...path, inner.name]} composing={composing} />
      ))}
    </fieldset>
  );
}

/** An option of several forms: which one, and the fields of that. */
function Variants({ option, path, composing, control }: OptionFieldProps & { readonly control: VariantsControl }): JSX.Element {
  const { variants } = control;
  const dotted = path.join(".");
  const stated = variantOf(variants, valueAt(composing.value, path));
  const [wanted, setWanted] = useState(-1);
  // The form stays when the last of its fields is emptied to be typed anew.
  useEffect(() => {
    if (stated >= 0) setWanted(stated);
  }, [stated]);
  const at = stated < 0 ? wanted : stated;
  const choose = (next: number): void => {
    setWanted(next);
    if (next !== at) composing.onChange(path, undefined);
  };
  const variant = variants[at];
  return (
    <div class="variants">
      <Field id={fieldId(dotted)} label={option.name} hint={<Hint {...option} />} error={composing.errors.get(dotted)}>
        {(field) => (
          <select {...field} value={String(at)} onChange={({ currentTarget }) => choose(Number(currentTarget.value))}>
            <option value="-1">{option.byDefault === undefined ? "not stated" : `default: ${option.byDefault}`}</option>
            {variants.map(({ title }, i) => (
              <option key={title} value={String(i)}>
                {title}
              </option>
            ))}
          </select>
        )}
      </Field>
      {variant === undefined ? null : <Chosen variant={variant} path={path} composing={composing} />}
    </div>
  );
}

function Chosen({ variant, path, composing }: Omit<OptionFieldProps, "option"> & { readonly variant: Variant }): JSX.Element {
  const { control } = variant;
  if (control.kind === "group")
    return (
      <div class="group">
        {control.options.map((inner) => (
          <OptionField key={inner.name} option={inner} path={[...path, inner.name]} composing={composing} />
        ))}
      </div>
    );
  const option: Option = { name: "value", description: "", required: false, range: "", control };
  return (
    <div class="group">
      <Field id={`${fieldId(path.join("."))}-value`} label="value" hint={<Hint {...option} />}>
        {(field) => (control.kind === "variants" ? null : <Input {...{ option, path, composing, control, field }} />)}
      </Field>
    </div>
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

type GroupControl = Extract<Control, { readonly kind: "group" }>;
type VariantsControl = Extract<Control, { readonly kind: "variants" }>;

interface InputProps extends OptionFieldProps {
  readonly control: Exclude<Control, GroupControl | VariantsControl>;
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
