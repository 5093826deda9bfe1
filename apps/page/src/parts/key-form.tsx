import type { JSX } from "preact";
import { Field } from "./field.js";

/** Asks for the key of a service that wants one. */
export function KeyForm({ wrong, onKey }: { readonly wrong: boolean; readonly onKey: (key: string) => void }): JSX.Element {
  return (
    <form
      class="panel key"
      onSubmit={(event) => {
        event.preventDefault();
        const value = new FormData(event.currentTarget).get("key");
        if (typeof value === "string") onKey(value.trim());
      }}
    >
      <h2>A key is needed</h2>
      <Field
        id="field-key"
        label="Key"
        error={wrong ? "The service does not know this key." : undefined}
        hint="Whoever runs this service has given you one. It is kept until this tab is closed."
      >
        {(control) => <input {...control} name="key" type="password" autocomplete="off" required />}
      </Field>
      <button class="main" type="submit">
        Go on
      </button>
    </form>
  );
}
