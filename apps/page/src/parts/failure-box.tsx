import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Failure } from "../api/failure.js";

/** A failure with what to do about it. It takes the focus, so that it is read wherever the reader was. */
export function FailureBox({ failure, children }: { readonly failure: Failure; readonly children?: ComponentChildren }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.focus();
  }, [failure]);
  const single = failure.problems.length === 0;
  return (
    <div class="failure" role="alert" tabIndex={-1} ref={box}>
      <h3>
        {single
          ? "This did not work"
          : failure.problems.length === 1
            ? "One thing is to be corrected"
            : `${failure.problems.length} things are to be corrected`}
      </h3>
      {single ? <p>{failure.message}</p> : null}
      {single && failure.hint !== "" ? <p class="hint">{failure.hint}</p> : null}
      {children}
      <p class="code">{failure.code}</p>
    </div>
  );
}
