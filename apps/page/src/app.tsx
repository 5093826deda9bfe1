import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { key } from "./api/key.js";
import { Service } from "./api/service.js";
import { Columns } from "./columns.js";
import { FailureBox } from "./parts/failure-box.js";
import { Header } from "./parts/header.js";
import { KeyForm } from "./parts/key-form.js";
import { useStore } from "./parts/store.js";
import { remember } from "./run/remembered.js";
import { spokenLine } from "./run/run-state.js";
import { RunStore } from "./run/run-store.js";
import { useOpening } from "./use-opening.js";

/** The whole page. */
export function App(): JSX.Element {
  const service = useMemo(() => new Service(key.get), []);
  const run = useMemo(() => new RunStore(service, remember), [service]);
  const state = useStore(run);
  const opening = useOpening(service, run);
  const locked = opening.failure?.status === 401 || state.failure?.status === 401;
  return (
    <>
      <Header version={opening.about?.version} hasKey={key.get() !== ""} onForgetKey={() => opening.retry("")} />
      <p class="hidden" role="status">
        {spokenLine(state)}
      </p>
      <main>
        {locked ? <KeyForm wrong={key.get() !== ""} onKey={opening.retry} /> : null}
        {!locked && opening.failure !== undefined ? <FailureBox failure={opening.failure} /> : null}
        {locked ? null : <Columns service={service} run={run} state={state} about={opening.about} schema={opening.schema} />}
      </main>
    </>
  );
}
