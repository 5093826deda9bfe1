import type { JSX } from "preact";
import { Field } from "../parts/field.js";
import { keyOf, stageOf, statedCount, useOf } from "./known-fields.js";
import { OptionField, type Composing } from "./option-field.js";
import { fieldId } from "./problems.js";
import type { Role, Stage } from "./schema.js";

/** The choice of a stage for a role, with its options. */
export function RoleFields({ role, composing }: { readonly role: Role; readonly composing: Composing }): JSX.Element {
  const { value, errors, onChange } = composing;
  const key = keyOf(role, value);
  const use = useOf(value, key);
  const stage = stageOf(role, use);
  const dotted = `${key}.use`;
  return (
    <section class="role" aria-labelledby={`role-${key}`}>
      <h3 id={`role-${key}`}>{key}</h3>
      <Field id={fieldId(dotted)} label={role.description} hint={stage?.summary ?? ""} error={errors.get(dotted)}>
        {(field) => (
          <select
            {...field}
            value={use}
            onChange={({ currentTarget }) => onChange([key], currentTarget.value === "" ? undefined : { use: currentTarget.value })}
          >
            <option value="">{role.required ? "choose one" : "not stated"}</option>
            {use === "" || stage !== undefined ? null : <option value={use}>{use}</option>}
            {packagesOf(role.stages).map(([name, stages]) => (
              <optgroup key={name} label={name}>
                {stages.map((one) => (
                  <option key={one.use} value={one.use}>
                    {nameOf(one)}
                  </option>
                ))}
              </optgroup>
            ))}
          </select>
        )}
      </Field>
      {stage === undefined || stage.options.length === 0 ? null : <Options stage={stage} role={key} composing={composing} />}
    </section>
  );
}

function Options({ stage, role, composing }: { readonly stage: Stage; readonly role: string; readonly composing: Composing }): JSX.Element {
  const stated = statedCount(composing.value, role);
  const wrong = [...composing.errors.keys()].some((path) => path.startsWith(`${role}.with.`));
  const required = stage.options.some((option) => option.required);
  return (
    <details open={stated > 0 || wrong || required}>
      <summary>
        Options{" "}
        <span class="hint">{stated === 0 ? `${stage.options.length}, all by default` : `${stated} of ${stage.options.length} stated`}</span>
      </summary>
      {stage.options.map((option) => (
        <OptionField key={`${stage.use} ${option.name}`} option={option} path={[role, "with", option.name]} composing={composing} />
      ))}
    </details>
  );
}

const nameOf = ({ use }: Stage): string => use.slice(use.indexOf("#") + 1);

/** The stages by the package that they come with. */
function packagesOf(stages: readonly Stage[]): readonly (readonly [string, readonly Stage[]])[] {
  const packages = new Map<string, Stage[]>();
  for (const stage of stages) {
    const name = stage.use.slice(0, stage.use.indexOf("#"));
    packages.set(name, [...(packages.get(name) ?? []), stage]);
  }
  return [...packages];
}
