import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { failureFrom, type Failure } from "../api/failure.js";
import { formats, type Format, type Service } from "../api/service.js";
import type { Outcome } from "../run/run-state.js";

export interface DownloadsProps {
  readonly service: Service;
  readonly id: string;
  readonly outcome: Outcome;
  /** The name of the picture without its ending. */
  readonly name: string;
  readonly onFailure: (failure: Failure) => void;
  readonly onEdit: (pipeline: string) => void;
}

/** What can be taken along. */
export function Downloads({ service, id, outcome, name, onFailure, onEdit }: DownloadsProps): JSX.Element {
  const [format, setFormat] = useState<Format>("png");
  const formatId = useId();
  const take = (file: string, make: () => Blob | Promise<Blob>): void => {
    Promise.resolve()
      .then(make)
      .then((blob) => save(blob, file))
      .catch((error: unknown) => onFailure(failureFrom(error)));
  };
  const { uncertainty } = outcome;
  return (
    <div class="toolbar" role="group" aria-label="Take along">
      <span class="labelled joined">
        <button type="button" class="main" onClick={() => take(`${name}-restored.${format}`, () => service.picture(id, format))}>
          Save the picture
        </button>
        <label class="hidden" for={formatId}>
          Format
        </label>
        <select
          id={formatId}
          value={format}
          onChange={({ currentTarget }) => setFormat(formats.find((one) => one === currentTarget.value) ?? "png")}
        >
          {formats.map((one) => (
            <option key={one} value={one}>
              {one.toUpperCase()}
            </option>
          ))}
        </select>
      </span>
      <button type="button" onClick={() => take(`${name}.yaml`, () => new Blob([outcome.pipeline], { type: "application/yaml" }))}>
        Pipeline (YAML)
      </button>
      <button
        type="button"
        onClick={() => take(`${name}-report.json`, () => new Blob([outcome.report.text], { type: "application/json" }))}
      >
        Report (JSON)
      </button>
      <button type="button" onClick={() => onEdit(outcome.pipeline)}>
        Edit the pipeline
      </button>
      {uncertainty === undefined ? null : (
        <button type="button" onClick={() => take(`${name}-uncertainty.npy`, () => service.uncertaintyArray(id))}>
          Uncertainty (.npy)
        </button>
      )}
    </div>
  );
}

/** Hands a file to the browser to be saved. */
function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has taken the address by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
