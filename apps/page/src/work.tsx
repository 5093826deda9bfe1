import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Failure } from "./api/failure.js";
import type { Service } from "./api/service.js";
import { Compare } from "./compare/compare.js";
import type { ShownPicture } from "./compare/shown-picture.js";
import { FailureBox } from "./parts/failure-box.js";
import type { ChosenPicture } from "./picture/chosen-picture.js";
import { Downloads } from "./result/downloads.js";
import { Facts } from "./result/facts.js";
import { Scale } from "./result/scale.js";
import { Trace } from "./result/trace.js";
import { shownFrames, type Film } from "./run/film.js";
import { FilmStrip } from "./run/film-strip.js";
import { RunPanel } from "./run/run-panel.js";
import type { RunState } from "./run/run-state.js";

export interface WorkProps {
  readonly service: Service;
  readonly picture: ChosenPicture | undefined;
  readonly state: RunState;
  readonly onCancel: () => void;
  readonly onFailure: (failure: Failure) => void;
  /** Takes the pipeline of the result into the form. */
  readonly onEdit: (pipeline: string) => void;
}

/** The picture, what is becoming of it, and what became of it. */
export function Work({ service, picture, state, onCancel, onFailure, onEdit }: WorkProps): JSX.Element {
  const { restoration, outcome, film, trace, failure } = state;
  const [chosen, setChosen] = useState<{ readonly left?: string; readonly right?: string }>({});
  useEffect(() => setChosen({}), [restoration?.id]);
  const pictures = picturesOf(picture, film, outcome);
  const preferred = outcome === undefined ? `step ${film.latest?.step ?? ""}` : "restored";
  const right = chosen.right ?? preferred;
  const size = restoration ?? picture?.shown ?? { width: 1, height: 1 };
  return (
    <section class="work" aria-label="Picture">
      <RunPanel state={state} onCancel={onCancel} />
      {failure !== undefined && restoration !== undefined ? <FailureBox failure={failure} /> : null}
      {pictures.length === 0 ? <Empty picture={picture} busy={state.phase !== "idle"} /> : null}
      <Compare
        {...{ pictures, preferred, chosen }}
        width={size.width}
        height={size.height}
        onChoose={(side, id) => setChosen({ ...chosen, [side]: id })}
      />
      {outcome?.uncertainty === undefined ? null : (
        <div class="toolbar">
          <button
            type="button"
            aria-pressed={right === "uncertainty"}
            onClick={() => setChosen({ ...chosen, right: right === "uncertainty" ? "restored" : "uncertainty" })}
          >
            Uncertainty
          </button>
          {right === "uncertainty" ? <Scale largest={outcome.uncertainty.largest} /> : null}
        </div>
      )}
      <FilmStrip
        frames={shownFrames(film)}
        chosen={right.startsWith("step ") ? Number(right.slice(5)) : undefined}
        onChoose={(step) => setChosen({ ...chosen, right: `step ${step}` })}
      />
      {outcome === undefined || restoration === undefined ? null : (
        <>
          <Downloads {...{ service, outcome, onFailure, onEdit }} id={restoration.id} name={baseName(picture)} />
          <Facts report={outcome.report} width={restoration.width} height={restoration.height} />
        </>
      )}
      <Trace steps={outcome?.report.steps ?? trace} />
    </section>
  );
}

function Empty({ picture, busy }: { readonly picture: ChosenPicture | undefined; readonly busy: boolean }): JSX.Element {
  if (picture !== undefined) return <p class="empty">This browser cannot show the format of the picture. The result will be shown.</p>;
  return (
    <p class={`empty${busy ? "" : " nothing"}`}>
      {busy ? "The picture will be seen here." : "Nothing here yet: choose a picture, or drop one anywhere."}
    </p>
  );
}

/** All that can be compared, in the order in which it came to be. */
function picturesOf(picture: ChosenPicture | undefined, film: Film, outcome: RunState["outcome"]): readonly ShownPicture[] {
  return [
    ...(picture?.shown === undefined ? [] : [{ id: "measured", title: "Measured", src: picture.shown.url }]),
    ...shownFrames(film).map(({ step, image }) => ({ id: `step ${step}`, title: `Step ${step}`, src: image })),
    ...(outcome === undefined ? [] : [{ id: "restored", title: "Restored", src: outcome.picture }]),
    ...(outcome?.uncertainty === undefined ? [] : [{ id: "uncertainty", title: "Uncertainty", src: outcome.uncertainty.picture }]),
  ];
}

const baseName = (picture: ChosenPicture | undefined): string => picture?.file.name.replace(/\.[^.]*$/u, "") ?? "picture";
