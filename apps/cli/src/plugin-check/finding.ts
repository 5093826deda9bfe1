/** Something about a plugin that its author should know. */
export interface Finding {
  /** `error`: users will meet it; `warning`: they may. */
  readonly level: "error" | "warning";
  readonly problem: string;
  /** What to do about it. */
  readonly hint: string;
}

export const fault = (problem: string, hint: string): Finding => ({ level: "error", problem, hint });
export const remark = (problem: string, hint: string): Finding => ({ level: "warning", problem, hint });
