/** What goes with a task where it is computed. */
export interface Ways {
  readonly emit: (event: unknown) => void;
  readonly signal?: AbortSignal | undefined;
  /** Finish what is begun, and begin nothing more. */
  readonly finish?: AbortSignal | undefined;
}
