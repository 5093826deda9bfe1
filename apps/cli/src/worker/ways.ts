/** What goes with a task where it is computed. */
export interface Ways {
  emit(event: unknown): void;
  readonly signal?: AbortSignal | undefined;
}
