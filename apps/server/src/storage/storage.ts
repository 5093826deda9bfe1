/** A file that is stored. */
export interface StoredFile {
  readonly name: string;
  /** When it was written, in milliseconds since 1970. */
  readonly written: number;
}

/**
 * Where pictures and results lie that several processes share, as files in folders: names are `FOLDER/FILE`. A file is whole or absent.
 * Errors of all: `STORAGE` (retryable).
 */
export interface Storage {
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Undefined where there is none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Removes files that may be absent. */
  remove(names: readonly string[]): Promise<void>;
  list(): AsyncIterable<StoredFile>;
}
