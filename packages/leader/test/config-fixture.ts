import { isConfigError, type Diagnostic } from "../src/index.js";
import { fixturePlugin, makeFolder } from "./host-fixture.js";

const stageText = `{ kind: "baseline", summary: "flash", options: { "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }) } }, create: () => ({}) }`;
const packageFiles = (name: string, declared: string | undefined, stated: string): Readonly<Record<string, string>> => ({
  [`node_modules/${name}/package.json`]: JSON.stringify({
    name,
    version: "1.0.0",
    type: "module",
    main: "index.js",
    ...(declared === undefined ? {} : { leader: { apiVersion: declared } }),
  }),
  [`node_modules/${name}/index.js`]: `globalThis.leaderTestImported = [...(globalThis.leaderTestImported ?? []), "${name}"];
export default { apiVersion: "${stated}", name: "${name}", version: "1.0.0", stages: { flash: ${stageText} } };`,
});

/** A folder with plugins that work, that are broken in one way each, and that belong to another version of the contract. */
export const configFolder = (): Promise<string> =>
  makeFolder({
    "package.json": '{ "type": "module" }',
    "fixture.js": fixturePlugin,
    "throws.js": 'throw new Error("needs a licence");',
    "rejects.js": 'await Promise.reject("no network");',
    "waits.js": "await new Promise(() => {});",
    "named.js": "export const plugin = {};",
    "misshapen.js": 'export default { apiVersion: "1.0", name: "misshapen", version: "1.0.0", stages: { flash: { kind: "sampler" } } };',
    "traps.js": 'export default new Proxy({}, { get() { throw new Error("do not look"); } });',
    "schema.js": `const bad = { "~standard": { version: 1, vendor: "x", validate() { throw new Error("schema trouble"); } } };
      const any = { "~standard": { version: 1, vendor: "x", validate: (value) => ({ value }) } };
      export default { apiVersion: "1.0", name: "schema", version: "1.0.0", stages: {
        flash: { kind: "baseline", summary: "", options: bad, create: () => ({}) },
        broken: { kind: "baseline", summary: "", options: any, create() { throw new RangeError("out of luck"); } },
        nothing: { kind: "operator", summary: "", options: any, create: async () => { throw "nothing"; } } } };`,
    ...packageFiles("acme-old", "0.9", "0.9"),
    ...packageFiles("acme-new", "1.7", "1.7"),
    ...packageFiles("acme-undeclared", undefined, "1.0"),
    ...packageFiles("acme-contradiction", "1.0", "1.0.0"),
    ...packageFiles("acme-flash", "1.0", "1.0"),
    ...packageFiles("acme-copy", "1.0", "1.0"),
    "node_modules/acme-copy/node_modules/@leader/core/package.json": '{ "name": "@leader/core", "version": "0.0.9", "main": "index.js" }',
    "node_modules/acme-copy/node_modules/@leader/core/index.js": "",
  });

/** What a configuration is refused for; empty where it is not. */
export async function diagnosticsOf(promise: Promise<unknown>): Promise<readonly Diagnostic[]> {
  try {
    await promise;
  } catch (error) {
    if (isConfigError(error)) return error.diagnostics;
    throw error;
  }
  return [];
}
