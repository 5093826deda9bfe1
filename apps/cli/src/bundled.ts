import { readFileSync } from "node:fs";
import type { PipelineOptions } from "leader-restore";

/** Dependencies of this package that hold stages. */
const isPlugin = (name: string): boolean => /^@leader\/(?:operators$|backend-|baseline-)/u.test(name);

/** What is offered where it is installed, but not installed by default: it is large. */
const optional: readonly string[] = ["@leader/backend-tfjs"];

/** The plugins that the command line brings along: its dependencies, each imported only if a pipeline names it. */
export function bundledOptions(): Promise<Pick<PipelineOptions, "bundled">> {
  const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    readonly dependencies: Readonly<Record<string, string>>;
  };
  const names = [...Object.keys(manifest.dependencies).filter(isPlugin), ...optional];
  return Promise.resolve({
    bundled: Object.fromEntries(
      names.flatMap((name) => {
        const url = resolved(name);
        return url === undefined ? [] : [[name, { url }]];
      }),
    ),
  });
}

function resolved(name: string): string | undefined {
  try {
    return import.meta.resolve(name);
  } catch {
    return undefined;
  }
}
