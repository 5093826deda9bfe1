/** Plain objects, with the types that TypeScript's own functions on them lose. */

type Dictionary = Readonly<Record<string, unknown>>;

/** True for any object that is no array: its members may then be asked for by name. */
export const isRecord = (value: unknown): value is Dictionary => typeof value === "object" && value !== null && !Array.isArray(value);

/** A member of anything; undefined where there is none. */
export const memberOf = (value: unknown, key: string): unknown => (isRecord(value) ? value[key] : undefined);

/** The keys of a table whose type lists them all, which `Object.keys` cannot know. */
export function keysOf<K extends string>(table: Readonly<Record<K, unknown>>): readonly K[];
export function keysOf(table: object): readonly string[] {
  return Object.keys(table);
}

/** True if the key is the object's own; narrows the key. */
export const hasKey = <T extends object>(table: T, key: PropertyKey): key is keyof T => Object.hasOwn(table, key);

/** A record with a value for each key. */
export function recordOf<K extends string, V>(keys: readonly K[], valueOf: (key: K) => V): Readonly<Record<K, V>>;
export function recordOf(keys: readonly string[], valueOf: (key: string) => unknown): Dictionary {
  return Object.fromEntries(keys.map((key) => [key, valueOf(key)]));
}

/** The members of `T`, with those that may be undefined optional. */
export type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The members that are not undefined: what an absent option is, where an undefined one is refused. */
export function defined<T extends object>(members: T): Defined<T>;
export function defined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/**
 * An object that answers as `target` does, but for the members in `overrides`. Every member is passed on, also one that its contract gains
 * later; methods are called on `target`, and getters are read when they are asked for. An override that is undefined changes nothing.
 */
export function forward<T extends object>(target: T, overrides: { readonly [K in keyof T]?: T[K] | undefined }): T;
export function forward(target: object, overrides: object): object {
  const made = {};
  for (const key of membersOf(target)) {
    const get = (): unknown => {
      const value: unknown = Reflect.get(target, key);
      return typeof value === "function" ? value.bind(target) : value;
    };
    Object.defineProperty(made, key, { get, enumerable: true, configurable: true });
  }
  for (const [key, value] of Object.entries(overrides)) {
    if (value !== undefined) Object.defineProperty(made, key, { value, enumerable: true, configurable: true });
  }
  return made;
}

/** Names of an object's own and inherited members, without those that every object has. */
function membersOf(target: object): ReadonlySet<string | symbol> {
  const found = new Set<string | symbol>();
  for (let at: unknown = target; isRecord(at) && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const key of Reflect.ownKeys(at)) if (key !== "constructor") found.add(key);
  }
  return found;
}
