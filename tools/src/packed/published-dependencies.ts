/** The package that backends import, and under which name its repacked form is published. */
export const runtime = { imported: "onnxruntime-node", published: "@leader/onnxruntime-node" } as const;

type Ranges = Readonly<Record<string, string>>;

/**
 * The dependencies of a package as they are published: the runtime under the name by which sources import it, but from the repacked
 * package, which has no install script. The workspace itself keeps the original, since nothing is published before it is built.
 */
export function publishedDependencies(dependencies: Ranges): Ranges {
  const version = dependencies[runtime.imported];
  if (version === undefined) return dependencies;
  return { ...dependencies, [runtime.imported]: `npm:${runtime.published}@${version}` };
}
