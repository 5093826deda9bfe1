import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Failure } from "../api/failure.js";

/**
 * A failure with what to do about it. It takes the focus, so that it is read wherever the reader was.
 * @param children in place of the list of its problems
 */
export function FailureBox({ failure, children }: { readonly failure: Failure; readonly children?: ComponentChildren }): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current?.focus();
  }, [failure]);
  const { problems, message, hint, code } = failure;
  return (
    <div class="failure" role="alert" tabIndex={-1} ref={box}>
      <h3>{titleOf(problems.length)}</h3>
      {children ??
        (problems.length > 0 ? problems : [{ message, hint }]).map((problem) => (
          <p key={problem.message}>
            {problem.message} <span class="hint">{problem.hint}</span>
          </p>
        ))}
      <p class="code">{code}</p>
    </div>
  );
}

function titleOf(problems: number): string {
  if (problems === 0) return "This did not work";
  return problems === 1 ? "One thing is to be corrected" : `${problems} things are to be corrected`;
}
