import { useCallback, useEffect, useState } from "preact/hooks";
import { failureFrom, type Failure } from "./api/failure.js";
import { key } from "./api/key.js";
import type { Service } from "./api/service.js";
import type { About } from "./api/views.js";
import { rememberedId } from "./run/remembered.js";
import type { RunStore } from "./run/run-store.js";

export interface Opening {
  readonly about: About | undefined;
  /** The JSON Schema of pipelines. */
  readonly schema: unknown;
  readonly failure: Failure | undefined;
  /** Begins again with a key, or without one where it is empty. */
  readonly retry: (key: string) => void;
}

/** What is asked when the page is opened: what the service can do, and the restoration that the address names. */
export function useOpening(service: Service, run: RunStore): Opening {
  const [about, setAbout] = useState<About>();
  const [schema, setSchema] = useState<unknown>();
  const [failure, setFailure] = useState<Failure>();
  const open = useCallback(async () => {
    try {
      setAbout(await service.about());
      // The first request that needs a key, where the service has any.
      setSchema(await service.schema());
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
  return { about, schema, failure, retry };
}
