import type { JSX } from "preact";
import { isOver, roughly, statusLine, type RunState } from "./run-state.js";

/** How far it is, and the way to stop it. */
export function RunPanel({ state, onCancel }: { readonly state: RunState; readonly onCancel: () => void }): JSX.Element | null {
  const { phase, restoration, lost } = state;
  if (phase === "over" && restoration?.state === "cancelled") return <p class="note">Cancelled. Nothing of it is kept.</p>;
  if (phase === "idle" || phase === "over") return null;
  const progress = restoration?.progress;
  const eta = restoration?.state === "running" && !lost ? progress?.etaSeconds : undefined;
  const known = restoration?.state === "running" && progress !== undefined;
  return (
    <div class="run">
      <div class="line">
        <p id="run-status">
          {statusLine(state)}
          {eta === undefined ? null : <span class="hint"> {roughly(eta)} left</span>}
        </p>
        <button type="button" onClick={onCancel} disabled={restoration !== undefined && isOver(restoration)}>
          Cancel
        </button>
      </div>
      <progress aria-labelledby="run-status" max={1} {...(known ? { value: progress.fraction } : {})} />
    </div>
  );
}
