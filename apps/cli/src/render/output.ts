/** Lines on standard output: JSON records with `--json`, text otherwise. */
export interface Output {
  readonly json: boolean;
  record(record: object): void;
  text(line: string): void;
}

export function makeOutput(json: boolean): Output {
  return {
    json,
    record(record) {
      if (json)
        process.stdout.write(`${JSON.stringify(record, (_, value: unknown) => (value instanceof Uint8Array ? undefined : value))}\n`);
    },
    text(line) {
      if (!json) process.stdout.write(`${line}\n`);
    },
  };
}
