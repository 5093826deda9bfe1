import type { JSX } from "preact";

export interface SegmentsProps<T extends string> {
  /** Of the group of radio buttons. */
  readonly name: string;
  readonly legend: string;
  readonly value: T;
  readonly choices: readonly { readonly value: T; readonly title: string; readonly summary?: string }[];
  readonly onChange: (value: T) => void;
}

/** One of a few, side by side. */
export function Segments<T extends string>({ name, legend, value, choices, onChange }: SegmentsProps<T>): JSX.Element {
  return (
    <fieldset class="segments">
      <legend>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice.value}>
          <input type="radio" name={name} value={choice.value} checked={value === choice.value} onChange={() => onChange(choice.value)} />
          <span>
            {choice.title}
            {choice.summary === undefined ? null : <small>{choice.summary}</small>}
          </span>
        </label>
      ))}
    </fieldset>
  );
}
