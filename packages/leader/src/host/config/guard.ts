import { Lexer } from "yaml";

/** Limits of a pipeline file; real ones stay far below them. */
export const limits = { bytes: 1 << 20, depth: 64, tokens: 10_000, aliases: 100 } as const;

/** A limit that a text exceeds. */
export interface Excess {
  readonly what: string;
  readonly received: number;
  readonly limit: number;
  /** Where in the text it is exceeded. */
  readonly offset: number;
}

/**
 * Measures a YAML text before it is parsed. The parser is recursive: a deeply nested text overflows the stack, and a second
 * overflow can abort the whole process inside the regular-expression compiler, where no `catch` helps. The lexer is a flat loop.
 */
export function excessOf(text: string): Excess | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > limits.bytes) return { what: "bytes", received: bytes, limit: limits.bytes, offset: 0 };
  const nesting = new Nesting();
  let tokens = 0;
  let aliases = 0;
  let offset = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const depth = nesting.see(lexeme, offset);
    if (depth > limits.depth) return { what: "levels of nesting", received: depth, limit: limits.depth, offset };
    if (++tokens > limits.tokens) return { what: "words and signs", received: tokens, limit: limits.tokens, offset };
    if (lexeme.startsWith("*") && ++aliases > limits.aliases) return { what: "aliases", received: aliases, limit: limits.aliases, offset };
    // Keys written with `?` may be whole collections; the parser takes time that grows with the square of their number.
    if (lexeme === "?") return { what: "keys written with `?`", received: 1, limit: 0, offset };
    if (text.startsWith(lexeme, offset)) offset += lexeme.length;
  }
  return undefined;
}

/**
 * An upper bound of the nesting depth from lexer tokens: open brackets, plus the columns where block collections may have begun.
 * A sequence may share its column with the mapping that holds it, so the true depth is at most twice the bound.
 */
class Nesting {
  readonly #columns: number[] = [];
  #flow = 0;
  #lineStart = 0;
  /** True where a token may begin a collection: at the head of a line and after `-`, `?` and `:`. */
  #head = true;

  see(lexeme: string, offset: number): number {
    const first = lexeme[0] ?? "";
    if (first === "\n" || first === "\r") {
      this.#lineStart = offset + lexeme.length;
      this.#head = true;
    } else if (this.#isContent(first, lexeme)) {
      this.#content(first, offset - this.#lineStart);
    }
    return this.#flow + this.#columns.length;
  }

  #isContent(first: string, lexeme: string): boolean {
    // Control characters are the lexer's own marks; spaces, comments and commas nest nothing.
    return !(first < " " || first === " " || first === "\t" || first === "#" || first === "," || first === "\uFEFF" || lexeme === "---");
  }

  #content(first: string, column: number): void {
    if (this.#flow === 0 && this.#head) {
      while ((this.#columns.at(-1) ?? -1) >= column) this.#columns.pop();
      this.#columns.push(column);
    }
    if (first === "[" || first === "{") this.#flow++;
    else if (first === "]" || first === "}") this.#flow = Math.max(0, this.#flow - 1);
    this.#head = first === "-" || first === "?" || first === ":";
  }
}
