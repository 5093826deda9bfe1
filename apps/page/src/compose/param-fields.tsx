import type { JSX } from "preact";
import { OptionField, type Composing } from "./option-field.js";
import { paramOptions, paramPath, withParam, type Params } from "./params.js";

export interface ParamFieldsProps {
  readonly composing: Composing;
  readonly params: Params;
  readonly onChange: (params: Params) => void;
}

/** The params that the pipeline declares, to be set for the next request; its text stays as it is. */
export function ParamFields({ composing: { value, errors }, params, onChange }: ParamFieldsProps): JSX.Element | null {
  const options = paramOptions(value, params);
  if (options.length === 0) return null;
  const composing: Composing = {
    value: { params },
    errors,
    onChange: ([, name = ""], changed) => onChange(withParam(params, name, changed)),
  };
  return (
    <section class="role" aria-labelledby="params-title">
      <h3 id="params-title">Params</h3>
      <p class="hint">Set for this request; the pipeline stays as it is.</p>
      {options.map((option) => (
        <OptionField key={option.name} option={option} path={paramPath(option.name)} composing={composing} />
      ))}
    </section>
  );
}
