import type { ComponentChildren, JSX } from "preact";

/** What a control needs so that its label, its hint and its error are found. */
export interface ControlProps {
  readonly id: string;
  readonly "aria-describedby"?: string;
  readonly "aria-invalid"?: true;
}

export interface FieldProps {
  readonly id: string;
  readonly label: ComponentChildren;
  readonly hint?: ComponentChildren;
  readonly error?: string | undefined;
  /** The control stands before its label. */
  readonly check?: boolean;
  readonly children: (control: ControlProps) => ComponentChildren;
}

/** A labelled control with what is to be known and what is wrong about it. */
export function Field({ id, label, hint, error, check = false, children }: FieldProps): JSX.Element {
  const [hintId, errorId] = [`${id}-hint`, `${id}-error`];
  const described = [error === undefined ? "" : errorId, hint === undefined ? "" : hintId].filter((part) => part !== "").join(" ");
  const control: ControlProps = {
    id,
    ...(described === "" ? {} : { "aria-describedby": described }),
    ...(error === undefined ? {} : { "aria-invalid": true }),
  };
  return (
    <div class={`field${check ? " check" : ""}${error === undefined ? "" : " wrong"}`}>
      {check ? children(control) : null}
      <label for={id}>{label}</label>
      {check ? null : children(control)}
      {error === undefined ? null : (
        <p class="error" id={errorId}>
          {error}
        </p>
      )}
      {hint === undefined ? null : (
        <p class="hint" id={hintId}>
          {hint}
        </p>
      )}
    </div>
  );
}
