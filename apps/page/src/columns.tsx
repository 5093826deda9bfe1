import type { JSX } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Failure } from "./api/failure.js";
import type { Service } from "./api/service.js";
import type { About } from "./api/views.js";
import { FailureBox } from "./parts/failure-box.js";
import { Store } from "./parts/store.js";
import { choosePicture, type ChosenPicture } from "./picture/chosen-picture.js";
import { keepPicture, keptPicture } from "./picture/kept-picture.js";
import { PictureField } from "./picture/picture-field.js";
import { usePicture } from "./picture/use-picture.js";
import { rememberedId } from "./run/remembered.js";
import type { RunState } from "./run/run-state.js";
import type { RunStore } from "./run/run-store.js";
import { firstDraft } from "./task/draft.js";
import { RequestForm } from "./task/request-form.js";
import { Work } from "./work.js";

export interface ColumnsProps {
  readonly service: Service;
  readonly run: RunStore;
  readonly state: RunState;
  readonly about: About | undefined;
  /** The JSON Schema of pipelines. */
  readonly schema: unknown;
}

/** What is asked on one side, what becomes of it on the other; on a phone one below the other. */
export function Columns({ service, run, state, about, schema }: ColumnsProps): JSX.Element {
  const draft = useMemo(() => new Store(firstDraft), []);
  // What is over or was refused makes way for the next picture; what goes on is not disturbed.
  const onTaken = useCallback(() => {
    if (run.value.phase === "over" || run.value.phase === "idle") run.clear();
  }, [run]);
  const { picture, refusal, take, put, over } = usePicture(about, onTaken);
  /** The picture that was sent, which stays beside its result while the next one is being chosen. */
  const [sent, setSent] = useState<ChosenPicture>();
  const [failure, setFailure] = useState<Failure>();
  const [asking, working] = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)];
  const refused = state.restoration === undefined ? (state.failure ?? refusal) : refusal;
  useKept(put, setSent);
  const start = async (form: FormData): Promise<void> => {
    setFailure(undefined);
    setSent(picture);
    if (!(await run.start(form))) return;
    show(working.current);
    const id = rememberedId();
    if (id !== undefined && picture !== undefined) void keepPicture(id, picture.file);
  };
  const edit = (text: string): void => {
    draft.update((before) => ({ ...before, mode: "pipeline", text, params: {} }));
    show(asking.current);
    asking.current?.querySelector<HTMLInputElement>("input[name=mode][value=pipeline]")?.focus({ preventScroll: true });
  };
  return (
    <div class="columns">
      <div class="panel" ref={asking}>
        <PictureField
          about={about}
          picture={picture}
          over={over}
          error={refused?.field === "picture" ? refused.message : undefined}
          onFile={take}
        />
        <RequestForm
          draft={draft}
          about={about}
          schema={schema}
          picture={refusal === undefined ? picture : undefined}
          busy={state.phase === "sending" || state.phase === "following"}
          failure={refused}
          onSubmit={(form) => void start(form)}
        />
      </div>
      <div class="panel" ref={working}>
        {failure === undefined ? null : <FailureBox failure={failure} />}
        <Work
          {...{ service, state }}
          picture={state.phase === "idle" ? picture : sent}
          onCancel={() => void run.cancel()}
          onFailure={setFailure}
          onEdit={edit}
        />
      </div>
    </div>
  );
}

/** Puts the picture of the restoration that the address names back, before and beside its result. */
function useKept(put: (chosen: ChosenPicture) => void, setSent: (chosen: ChosenPicture) => void): void {
  useEffect(() => {
    void keptPicture(rememberedId()).then(async (file) => {
      if (file === undefined) return;
      const chosen = await choosePicture(file);
      put(chosen);
      setSent(chosen);
    });
  }, [put, setSent]);
}

/** Brings a column into view where its top is not. */
function show(column: HTMLElement | null): void {
  const top = column?.getBoundingClientRect().top ?? 0;
  if (top >= 0 && top < innerHeight / 2) return;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  column?.scrollIntoView({ behavior: still ? "auto" : "smooth" });
}
