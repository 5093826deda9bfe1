import type { JSX } from "preact";
import { Field } from "../parts/field.js";
import { mostUploads, uploadName, type Uploads } from "./uploads.js";

/** Files that options of the pipeline name, such as a mask. */
export function UploadFields({
  accepted,
  uploads,
  onChange,
}: {
  /** The types of files that are offered. */
  readonly accepted: string;
  readonly uploads: Uploads;
  readonly onChange: (uploads: Uploads) => void;
}): JSX.Element {
  const full = uploads.size >= mostUploads;
  return (
    <>
      <Field
        id="field-uploads"
        label="Files to send along"
        hint={`Masks, kernels, arrays; ${mostUploads} at most. Options name them as upload:NAME.`}
      >
        {(field) => (
          <input
            {...field}
            type="file"
            accept={accepted}
            disabled={full}
            onChange={({ currentTarget }) => {
              const [file] = currentTarget.files ?? [];
              currentTarget.value = "";
              if (file !== undefined) onChange(new Map([...uploads, [uploadName(file.name, new Set(uploads.keys())), file]]));
            }}
          />
        )}
      </Field>
      {uploads.size === 0 ? null : (
        <ul class="uploads">
          {[...uploads].map(([name, file]) => (
            <li key={name}>
              <code>{`upload:${name}`}</code> <span class="hint">{file.name}</span>{" "}
              <button
                type="button"
                aria-label={`Leave ${file.name} out`}
                onClick={() => onChange(new Map([...uploads].filter(([other]) => other !== name)))}
              >
                Leave out
              </button>
            </li>
          ))}
        </ul>
      )}
      <datalist id="uploads">
        {[...uploads.keys()].map((name) => (
          <option key={name} value={`upload:${name}`} />
        ))}
      </datalist>
    </>
  );
}
