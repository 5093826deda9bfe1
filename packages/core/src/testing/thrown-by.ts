/** What a function throws; undefined if it returns. */
export function thrownBy(f: () => unknown): unknown {
  try {
    f();
    return undefined;
  } catch (error) {
    return error;
  }
}
