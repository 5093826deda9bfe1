import type { Problem } from "../api/failure.js";

/** Where problems of a pipeline are shown. */

/** The id of the control for a path. */
export const fieldId = (path: string): string => `field-${path}`;

/**
 * The path of the field that a problem is shown at: its own, or the nearest above that the form has; undefined if there is none.
 * @param known paths of the fields that the form shows
 */
export function fieldOfProblem({ path, within, message }: Problem, known: ReadonlySet<string>): string | undefined {
  const param = within === "param" && path === "" ? /param `([^`]+)`/u.exec(message)?.[1] : undefined;
  if (param !== undefined) return fieldOfProblem({ path: `params.${param}`, message: "", hint: "" }, known);
  // A key that is missing has no place of its own.
  const missing = /lacks the key `(\w+)`/u.exec(message)?.[1];
  let at = missing === undefined ? path : [path, missing].filter((part) => part !== "").join(".");
  for (; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf(".")))) {
    if (known.has(at)) return at;
    if (known.has(`${at}.use`)) return `${at}.use`;
  }
  return undefined;
}

/** The messages by the paths of the fields that they are shown at. */
export function messagesByField(problems: readonly Problem[], known: ReadonlySet<string>): ReadonlyMap<string, string> {
  const messages = new Map<string, string>();
  for (const problem of problems) {
    const field = fieldOfProblem(problem, known);
    if (field === undefined) continue;
    const before = messages.get(field);
    messages.set(field, before === undefined ? problem.message : `${before}; ${problem.message}`);
  }
  return messages;
}
