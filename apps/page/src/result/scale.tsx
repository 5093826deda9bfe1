import type { JSX } from "preact";

/** What black and white of the map of uncertainty mean. */
export function Scale({ largest }: { readonly largest: number }): JSX.Element {
  return (
    <div class="scale">
      <span>0</span>
      <i />
      <span>{short(largest)}</span>
      <span class="hint">predicted standard deviation, for pictures in 0 to 1</span>
    </div>
  );
}

/** A number in few figures. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 0.001 && size < 10_000
    ? String(Number(value.toPrecision(3)))
    : value.toExponential(1).replace(".0e", "e").replace("e+", "e");
}
