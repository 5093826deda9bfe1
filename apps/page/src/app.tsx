import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import { failureFrom, type Failure } from "./api/failure.js";
import { key } from "./api/key.js";
import { Service } from "./api/service.js";
import type { About } from "./api/views.js";
import { FailureBox } from "./parts/failure-box.js";
import { Header } from "./parts/header.js";
import { KeyForm } from "./parts/key-form.js";
import { useStore } from "./parts/store.js";
import { choosePicture, refusalOf, type ChosenPicture } from "./picture/chosen-picture.js";
import { PictureField } from "./picture/picture-field.js";
import { useDrop } from "./picture/use-drop.js";
import { rememberedId, remember } from "./run/remembered.js";
import { spokenLine } from "./run/run-state.js";
import { RunStore } from "./run/run-store.js";
import { RequestForm } from "./task/request-form.js";
import { Work } from "./work.js";

/** The whole page. */
export function App(): JSX.Element {
  const service = useMemo(() => new Service(key.get), []);
  const run = useMemo(() => new RunStore(service, remember), [service]);
  const state = useStore(run);
  const opening = useOpening(service, run);
  // What is over or was refused makes way for the next picture; what goes on is not disturbed.
  const onTaken = useCallback(() => {
    if (run.value.phase === "over" || run.value.phase === "idle") run.clear();
  }, [run]);
  const { picture, refusal, take, over } = usePicture(opening.about, onTaken);
  /** The picture that was sent, which stays beside its result while the next one is being chosen. */
  const [sent, setSent] = useState<ChosenPicture>();
  const [failure, setFailure] = useState<Failure>();
  const refused = state.restoration === undefined ? (state.failure ?? refusal) : refusal;
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
        {locked ? null : (
          <div class="columns">
            <div class="panel">
              <PictureField
                picture={picture}
                over={over}
                error={refused?.field === "picture" ? refused.message : undefined}
                onFile={take}
              />
              <RequestForm
                picture={refusal === undefined ? picture : undefined}
                busy={state.phase === "sending" || state.phase === "following"}
                failure={refused}
                onSubmit={(form) => {
                  setFailure(undefined);
                  setSent(picture);
                  void run.start(form);
                }}
              />
            </div>
            <div class="panel">
              {failure === undefined ? null : <FailureBox failure={failure} />}
              <Work
                {...{ service, state }}
                picture={state.phase === "idle" ? picture : sent}
                onCancel={() => void run.cancel()}
                onFailure={setFailure}
              />
            </div>
          </div>
        )}
      </main>
    </>
  );
}

interface Opening {
  readonly about: About | undefined;
  readonly failure: Failure | undefined;
  /** Begins again with a key, or without one where it is empty. */
  readonly retry: (key: string) => void;
}

/** What is asked when the page is opened: what the service can do, and the restoration that the address names. */
function useOpening(service: Service, run: RunStore): Opening {
  const [about, setAbout] = useState<About>();
  const [failure, setFailure] = useState<Failure>();
  const open = useCallback(async () => {
    try {
      setAbout(await service.about());
      // The first request that needs a key, where the service has any.
      await service.schema();
      setFailure(undefined);
      const id = rememberedId();
      if (id !== undefined) void run.resume(id);
    } catch (error) {
      setFailure(failureFrom(error));
    }
  }, [service, run]);
  useEffect(() => void open(), [open]);
  const retry = (value: string): void => {
    key.set(value);
    run.clear();
    setFailure(undefined);
    void open();
  };
  return { about, failure, retry };
}

interface PictureState {
  readonly picture: ChosenPicture | undefined;
  readonly refusal: Failure | undefined;
  readonly take: (file: File) => void;
  readonly over: boolean;
}

function usePicture(about: About | undefined, onTaken: () => void): PictureState {
  const [picture, setPicture] = useState<ChosenPicture>();
  const take = useCallback(
    (file: File) => {
      void choosePicture(file).then((chosen) => {
        setPicture(chosen);
        onTaken();
      });
    },
    [onTaken],
  );
  const over = useDrop(take);
  const refusal = useMemo(() => (picture === undefined ? undefined : refusalOf(picture, about)), [picture, about]);
  return { picture, refusal, take, over };
}
