/** A bench as the command line asks for it. */
export interface BenchCommandOptions {
  readonly bench: string;
  readonly output: string;
  readonly shard?: string;
  readonly images?: string;
  readonly quick: boolean;
  readonly without: readonly string[];
  readonly set: readonly string[];
  readonly check: boolean;
  readonly dryRun: boolean;
  readonly retryFailed: boolean;
  readonly json: boolean;
}
