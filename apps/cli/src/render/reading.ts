/** Shows how far large files are read, on standard error. */
export interface Reading {
  /** `share` from 0 to 1; undefined: not known. */
  readonly at: (file: string, share: number | undefined) => void;
  /** Anything else that goes on. */
  readonly say: (line: string) => void;
  readonly end: () => void;
}

const shareText = (share: number | undefined): string => (share === undefined ? "" : ` ${Math.floor(100 * share)} %`);

/** One line of a terminal that is written again. */
export function readingLine(write: (text: string) => void = (text) => void process.stderr.write(text)): Reading {
  let shown = false;
  const say = (line: string): void => {
    write(`\r\u001b[K${line}`);
    shown = true;
  };
  return {
    at: (file, share) => say(`${file}: reading${shareText(share)}`),
    say,
    end: () => {
      if (shown) write("\r\u001b[K");
      shown = false;
    },
  };
}

/** A line at the beginning of every file, for what is no terminal. */
export function readingLines(write: (line: string) => void): Reading {
  const told = new Set<string>();
  return {
    at: (file) => {
      if (!told.has(file)) write(`reading ${file}`);
      told.add(file);
    },
    say: write,
    end: () => undefined,
  };
}

/** The way that fits where the command runs. */
export function makeReading(json: boolean): Reading {
  if (json) return { at: () => undefined, say: () => undefined, end: () => undefined };
  return process.stderr.isTTY ? readingLine() : readingLines((line) => void process.stderr.write(`${line}\n`));
}
