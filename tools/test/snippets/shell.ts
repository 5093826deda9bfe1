/** A simple command of a shell block. */
export interface ShellCommand {
  /** Its words, without settings of the environment in front. */
  readonly words: readonly string[];
  /** As it stands on the page. */
  readonly source: string;
}

/**
 * The commands of a shell block, line by line and between `&&`. Blocks on pages are plain: quotes and comments, no variables, loops or
 * pipes; what is not plain is an error, so that no part of a block goes unread.
 * @throws Error at a character that means more than itself
 */
export function shellCommands(code: string): readonly ShellCommand[] {
  const lines = code.split("\n").flatMap((line) => {
    const words = wordsOf(line);
    return words.length === 0 ? [] : [{ words, source: line.trim() }];
  });
  return lines.flatMap(({ words, source }) => splitAt(words, "&&").map((part) => ({ words: withoutSettings(part), source })));
}

function wordsOf(line: string): readonly string[] {
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== "" && !rest.startsWith("#")) {
    const [word = ""] = /^(?:'[^']*'|"[^"$`]*"|[^\s'"])+/u.exec(rest) ?? [];
    if (word === "" || (word !== "&&" && /[|;<>$`&]/u.test(word.replace(/'[^']*'|"[^"]*"/gu, ""))))
      throw new Error(`\`${line}\` is no plain command at \`${rest}\``);
    words.push(word.replace(/'([^']*)'|"([^"]*)"/gu, "$1$2"));
    rest = rest.slice(word.length).trimStart();
  }
  return words;
}

function splitAt(words: readonly string[], separator: string): readonly (readonly string[])[] {
  const parts: string[][] = [[]];
  for (const word of words) {
    if (word === separator) parts.push([]);
    else parts.at(-1)!.push(word);
  }
  return parts;
}

const withoutSettings = (words: readonly string[]): readonly string[] => words.slice(words.findIndex((word) => !/^[A-Z_]+=/u.test(word)));
