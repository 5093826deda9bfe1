import type { JSX } from "preact";
import type { Problem } from "../api/failure.js";
import { fieldOfProblem } from "./problems.js";

export interface ProblemListProps {
  readonly problems: readonly Problem[];
  readonly known: ReadonlySet<string>;
  readonly onField: (path: string) => void;
  readonly onLine: (line: number) => void;
}

/** Every problem of a pipeline, with the way to its place. */
export function ProblemList({ problems, known, onField, onLine }: ProblemListProps): JSX.Element {
  return (
    <ul class="problems">
      {problems.map((problem) => {
        const { message, hint, path, within, line, column } = problem;
        const field = fieldOfProblem(problem, known);
        return (
          <li key={`${path} ${message}`}>
            {message}
            {hint === "" ? null : <span class="hint"> {hint}</span>}{" "}
            {field === undefined ? null : (
              <button type="button" class="plain" onClick={() => onField(field)}>
                {`to ${field}`}
              </button>
            )}{" "}
            {within === undefined || within === "param" ? null : <span class="hint">{`in ${within}, line ${line ?? 1}`}</span>}
            {within !== undefined || line === undefined ? null : (
              <button type="button" class="plain" onClick={() => onLine(line)}>
                {`line ${line}${column === undefined ? "" : `, column ${column}`}`}
              </button>
            )}
          </li>
        );
      })}
    </ul>
  );
}
