/** Longer lines are cut around the place, so that a frame stays readable. */
const widest = 120;

/**
 * The line of a place with its neighbours and a marker:
 *
 *     7 |   use: "@leader/baseline-ddnm#ddnm"
 *   > 8 |   wiht: { eta: 0.85 }
 *           ^^^^
 */
export function codeFrame(text: string, line: number, column: number, length: number): string {
  const lines = text.split(/\r\n|\n|\r/u);
  const numbers = [line - 1, line, line + 1].filter(
    (n) => n >= 1 && n <= lines.length && (n <= line || (lines[n - 1] ?? "").trim() !== ""),
  );
  const digits = String(numbers.at(-1) ?? line).length;
  const shift = Math.max(0, column - 1 - widest / 2);
  return numbers
    .flatMap((n) => {
      const shown = printable(lines[n - 1] ?? "").slice(shift, shift + widest);
      const head = `${n === line ? ">" : " "} ${String(n).padStart(digits)} | `;
      if (n !== line) return [`${head}${shown}`.trimEnd()];
      const marks = Math.max(1, Math.min(length, shown.length - (column - 1 - shift)));
      return [`${head}${shown}`, `${" ".repeat(head.length + column - 1 - shift)}${"^".repeat(marks)}`];
    })
    .join("\n");
}

// Control characters could rewrite the terminal; a tab must keep the marker in its column.
const printable = (line: string): string => line.replaceAll("\t", " ").replace(/\p{Cc}/gu, "?");
