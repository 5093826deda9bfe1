/** Bytes that a process leaves for later ones, by keys that hold all that they depend on. Losing them costs time and nothing else. */
export interface KeptBytes {
  /** @param key what it is, in small letters, and a SHA-256 of all that it depends on, in hexadecimal digits: `kind-digest` */
  readonly get: (key: string) => Uint8Array | undefined;
  readonly put: (key: string, bytes: Uint8Array) => void;
}

let store: KeptBytes | undefined;

/** Names the place where this process keeps what is expensive to compute again; undefined: nowhere, which is the default. */
export function keepIn(place: KeptBytes | undefined): void {
  store = place;
}

/** The place where this process keeps things, if it has one. */
export const keptBytes = (): KeptBytes | undefined => store;
