/** Plain objects; the page brings its own few lines, since it is built before any other package. */

export type Fields = Readonly<Record<string, unknown>>;

/** True for any object that is no array. */
export const isRecord = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

/** A member that is a text, or else what to take for it. */
export const textOf = (fields: Fields, key: string, otherwise = ""): string => {
  const value = fields[key];
  return typeof value === "string" ? value : otherwise;
};

/** A member that is a number; undefined otherwise. */
export const numberOf = (fields: Fields, key: string): number | undefined => {
  const value = fields[key];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
};

/** A member that is an object; an empty one otherwise. */
export const recordOf = (fields: Fields, key: string): Fields => {
  const value = fields[key];
  return isRecord(value) ? value : {};
};

/** A member that is a list; an empty one otherwise. */
export const listOf = (fields: Fields, key: string): readonly unknown[] => {
  const value = fields[key];
  return Array.isArray(value) ? value : [];
};

type Defined<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The members that are not undefined: what an absent member is, where an undefined one is refused. */
export function defined<T extends object>(members: T): Defined<T>;
export function defined(members: object): object {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}
