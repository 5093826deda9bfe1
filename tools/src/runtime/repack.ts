import { cpSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { runtime } from "../packed/published-dependencies.js";

/** What of the original's package.json is kept or looked at. */
const original = z.object({
  name: z.literal(runtime.imported),
  version: z.string(),
  license: z.literal("MIT"),
  author: z.string(),
  main: z.string(),
  types: z.string(),
  dependencies: z.record(z.string(), z.string()),
});
type Original = z.infer<typeof original>;

/** Dependencies that only the install script has. A new one must be looked at before it is left out or kept. */
const ofTheScript: ReadonlySet<string> = new Set(["adm-zip", "global-agent"]);
const kept: ReadonlySet<string> = new Set(["onnxruntime-common"]);

/** The one line that finds the native library, and what it becomes. */
const nativeLine = "require(`../bin/napi-v6/${process.platform}/${process.arch}/onnxruntime_binding.node`)";
const packageLine = `require(\`${runtime.published}-\${process.platform}-\${process.arch}/onnxruntime_binding.node\`)`;

/** Texts that go into every package. */
export type Notices = Readonly<Record<string, string>>;

/** A package that was made. */
export interface Repacked {
  readonly name: string;
  readonly folder: string;
}

/**
 * Makes packages without an install script from the published onnxruntime-node: one of JavaScript, and one for each system with its native
 * library, which package managers choose by `os`, `cpu` and `libc`.
 *
 * @param source the unpacked package
 * @param place an empty folder for what is made
 * @param notices files by name, such as LICENSE: the original package has none
 * @returns platforms first, then the package that depends on them: the order to publish in
 * @throws Error if the package is not built as expected, so that nothing is left out unseen
 */
export function repack(source: string, place: string, notices: Notices): readonly Repacked[] {
  const manifest = original.parse(JSON.parse(readFileSync(join(source, "package.json"), "utf8")));
  const unknown = Object.keys(manifest.dependencies).filter((name) => !ofTheScript.has(name) && !kept.has(name));
  if (unknown.length > 0)
    throw new Error(`${runtime.imported} has new dependencies: ${unknown.join(", ")}; are they of its install script?`);
  const systems = systemsIn(join(source, "bin/napi-v6"));
  const platforms = systems.map((system) => platformPackage(system, manifest, place, notices));
  return [...platforms, mainPackage(source, manifest, platforms, place, notices)];
}

interface System {
  readonly os: string;
  readonly cpu: string;
  readonly folder: string;
}

function systemsIn(binaries: string): readonly System[] {
  const folders = (path: string): readonly string[] => readdirSync(path).filter((name) => statSync(join(path, name)).isDirectory());
  const found = folders(binaries).flatMap((os) =>
    folders(join(binaries, os)).map((cpu): System => ({ os, cpu, folder: join(binaries, os, cpu) })),
  );
  if (found.length === 0) throw new Error(`no native libraries in ${binaries}`);
  return found;
}

function platformPackage({ os, cpu, folder }: System, manifest: Original, place: string, notices: Notices): Repacked {
  const files = loadedFiles(folder);
  return write(place, `${runtime.published}-${os}-${cpu}`, manifest, notices, {
    description: `Native library of onnxruntime-node ${manifest.version} for ${os} ${cpu}, repacked without changes.`,
    os: [os],
    cpu: [cpu],
    // Built against glibc: on musl it would be installed and not load.
    ...(os === "linux" ? { libc: ["glibc"] } : {}),
    preferUnplugged: true,
    files: (to) => {
      for (const file of files) cpSync(join(folder, file), join(to, file));
    },
  });
}

/** The files of a system, without second copies of a library under a name that nothing loads. */
function loadedFiles(folder: string): readonly string[] {
  const files = readdirSync(folder).sort();
  const bytes = new Map(files.map((file) => [file, readFileSync(join(folder, file))]));
  const binding = bytes.get("onnxruntime_binding.node");
  if (binding === undefined) throw new Error(`no onnxruntime_binding.node in ${folder}`);
  const loaded = (file: string): boolean => binding.includes(`${file}\0`);
  const copyOf = (file: string): string | undefined =>
    files.find((other) => other !== file && loaded(other) && bytes.get(other)!.equals(bytes.get(file)!));
  return files.filter((file) => loaded(file) || copyOf(file) === undefined);
}

function mainPackage(source: string, manifest: Original, platforms: readonly Repacked[], place: string, notices: Notices): Repacked {
  const binding = readFileSync(join(source, "dist/binding.js"), "utf8");
  const parts = binding.split(nativeLine);
  if (parts.length !== 2) throw new Error(`dist/binding.js of ${runtime.imported} ${manifest.version} finds its library in another way`);
  return write(place, runtime.published, manifest, notices, {
    description: `onnxruntime-node ${manifest.version} without its install script: one native library is installed, that of the system.`,
    main: manifest.main,
    types: manifest.types,
    dependencies: Object.fromEntries(Object.entries(manifest.dependencies).filter(([name]) => kept.has(name))),
    optionalDependencies: Object.fromEntries(platforms.map(({ name }) => [name, manifest.version])),
    files: (to) => {
      for (const folder of ["dist", "lib"]) cpSync(join(source, folder), join(to, folder), { recursive: true });
      writeFileSync(join(to, "dist/binding.js"), parts.join(packageLine));
    },
  });
}

interface Contents {
  readonly description: string;
  readonly files: (folder: string) => void;
  readonly [field: string]: unknown;
}

function write(place: string, name: string, manifest: Original, notices: Notices, { files, description, ...fields }: Contents): Repacked {
  const folder = join(place, name.replace("/", "+"));
  mkdirSync(folder, { recursive: true });
  const { version, license, author } = manifest;
  const packageJson = {
    name,
    version,
    description,
    license,
    author,
    repository: { type: "git", url: "git+https://github.com/Microsoft/onnxruntime.git" },
    ...fields,
    publishConfig: { access: "public" },
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(packageJson, undefined, 2)}\n`);
  writeFileSync(join(folder, "README.md"), readme(name, description));
  for (const [file, text] of Object.entries(notices)) writeFileSync(join(folder, file), text);
  files(folder);
  return { name, folder };
}

const readme = (name: string, description: string): string => `# ${name}

${description}

Made by \`npm run repack-runtime\` of [LEADer](https://github.com/leader-restore/leader) from the package that Microsoft publishes as
[onnxruntime-node](https://www.npmjs.com/package/onnxruntime-node). Left out are the install script, which fetches CUDA libraries from
api.nuget.org, and what only it needs. For CUDA use the original package.
`;
