import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMessageConnection, StreamMessageReader, StreamMessageWriter, type MessageConnection } from "vscode-jsonrpc/node";
import { workspaceRoot } from "../scripts/workspace-packages.mjs";
import { runCli } from "../src/torture/cli/run-cli.js";

// What an editor shows on a pipeline file, asked of the server that editors start: yaml-language-server, over stdio, with the modeline that
// docs/cli.md gives and the schema that `leader schema` writes in a project that depends on a plugin.
const plugin = `import { z } from "zod";
export default { apiVersion: "1.0", name: "leader-ten", version: "0.1.0", stages: {
  "ten-steps": { kind: "scheduler", summary: "ten steps of one length", options: z.strictObject({ power: z.number().default(1).describe("of the grid") }), create: () => ({}) } } };
`;
const manifest = {
  name: "leader-ten",
  version: "0.1.0",
  type: "module",
  keywords: ["leader-plugin"],
  leader: { apiVersion: "1.0" },
  exports: { ".": "./plugin.js", "./package.json": "./package.json" },
};
const modeline = "# yaml-language-server: $schema=./leader.schema.json\n";

interface Item {
  readonly label: string;
  readonly documentation?: string | { readonly value: string };
}
interface Problem {
  readonly message: string;
  readonly range: { readonly start: { readonly line: number; readonly character: number } };
}
type Problems = (found: readonly Problem[]) => void;

let folder = "";
let server: ChildProcess;
let connection: MessageConnection;
let opened = 0;
const waiting = new Map<string, Problems>();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "leader-editor-"));
  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  put("package.json", JSON.stringify({ type: "module", dependencies: { "leader-ten": "^0.1.0" } }));
  put("node_modules/leader-ten/package.json", JSON.stringify(manifest));
  put("node_modules/leader-ten/plugin.js", plugin);
  symlinkSync(join(workspaceRoot, "node_modules/zod"), join(folder, "node_modules/zod"), "junction");
  const written = await runCli(["schema", "-o", "leader.schema.json"], { cwd: folder });
  expect(written.code, written.stderr).toBe(0);
  const bench = await runCli(["schema", "--bench", "-o", "leader-bench.schema.json"], { cwd: folder });
  expect(bench.code, bench.stderr).toBe(0);
  await start();
}, 300_000);
afterAll(() => {
  connection.dispose();
  server.kill();
  rmSync(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const entry = createRequire(import.meta.url).resolve("yaml-language-server/bin/yaml-language-server");
  server = spawn(process.execPath, [entry, "--stdio"], { stdio: ["pipe", "pipe", "inherit"] });
  connection = createMessageConnection(new StreamMessageReader(server.stdout!), new StreamMessageWriter(server.stdin!));
  connection.onNotification("textDocument/publishDiagnostics", ({ uri, diagnostics }: { uri: string; diagnostics: readonly Problem[] }) =>
    waiting.get(uri)?.(diagnostics),
  );
  connection.onRequest("workspace/configuration", ({ items }: { items: readonly unknown[] }) => items.map(() => ({})));
  connection.onRequest("client/registerCapability", () => null);
  connection.listen();
  const rootUri = pathToFileURL(folder).href;
  const formats = ["markdown", "plaintext"];
  const textDocument = {
    completion: { completionItem: { documentationFormat: formats } },
    hover: { contentFormat: formats },
    publishDiagnostics: {},
  };
  await connection.sendRequest("initialize", { processId: process.pid, rootUri, capabilities: { textDocument, workspace: {} } });
  await connection.sendNotification("initialized", {});
  const yaml = { validate: true, hover: true, completion: true, schemaStore: { enable: false } };
  await connection.sendNotification("workspace/didChangeConfiguration", { settings: { yaml } });
}

/** Opens a file whose `|` is the cursor; answers with what the server needs to be asked about it. */
async function open(
  text: string,
  head = modeline,
): Promise<{ readonly at: object; readonly uri: string; readonly problems: Promise<readonly Problem[]> }> {
  const whole = head + text;
  const before = whole.slice(0, Math.max(0, whole.indexOf("|"))).split("\n");
  const uri = pathToFileURL(join(folder, `pipeline-${opened++}.yaml`)).href;
  const problems = new Promise<readonly Problem[]>((resolve) => waiting.set(uri, resolve));
  await connection.sendNotification("textDocument/didOpen", {
    textDocument: { uri, languageId: "yaml", version: 1, text: whole.replace("|", "") },
  });
  return { at: { textDocument: { uri }, position: { line: before.length - 1, character: before.at(-1)!.length } }, uri, problems };
}

async function completions(text: string, head?: string): Promise<readonly Item[]> {
  const { at } = await open(text, head);
  const answer = await connection.sendRequest<{ readonly items: readonly Item[] }>("textDocument/completion", at);
  return answer.items.map((item) => ({ ...item, label: item.label.replaceAll('"', "") }));
}
const labels = (items: readonly Item[]): readonly string[] => items.map(({ label }) => label);
const documented = (items: readonly Item[], label: string): string =>
  JSON.stringify(items.find((item) => item.label === label)?.documentation ?? "");

describe("completion", () => {
  it("offers the stages of the kind that stands there, with what they are, and those of installed plugins without being told of them", async () => {
    const schedulers = await completions("scheduler:\n  use: |\n");
    expect(labels(schedulers)).toEqual(expect.arrayContaining(["leader#satp", "leader#uniform", "leader-ten#ten-steps"]));
    expect(labels(schedulers)).not.toContain("@leader/operators#gaussian-blur");
    expect(documented(schedulers, "leader-ten#ten-steps")).toContain("ten steps of one length");
    const operators = await completions("operator:\n  use: |\n");
    expect(labels(operators)).toContain("@leader/operators#gaussian-blur");
    expect(labels(operators)).not.toContain("leader#satp");
  });

  it("offers the options of the stage that is chosen, with their descriptions", async () => {
    const options = await completions('scheduler:\n  use: "leader-ten#ten-steps"\n  with:\n    |\n');
    expect(labels(options)).toContain("power");
    expect(documented(options, "power")).toContain("of the grid");
    expect(labels(options)).not.toContain("steps");
    expect(labels(await completions('scheduler:\n  use: "leader#uniform"\n  with:\n    |\n'))).toContain("steps");
  });

  it("offers the keys of bench files", async () => {
    const keys = await completions("apiVersion: leader-bench/v1\n|\n", modeline.replace("leader.schema", "leader-bench.schema"));
    expect(labels(keys)).toEqual(expect.arrayContaining(["images", "methods", "tasks"]));
  });
});

it("the pointer on an option shows what it means", async () => {
  const { at } = await open('scheduler: { use: "leader-ten#ten-steps", with: { po|wer: 2 } }\n');
  const hover = await connection.sendRequest("textDocument/hover", at);
  expect(JSON.stringify(hover)).toContain("of the grid");
});

describe("what a pipeline is put together from", () => {
  it("is offered and explained", async () => {
    const keys = await completions("apiVersion: leader/v1\n|\n");
    expect(labels(keys)).toEqual(expect.arrayContaining(["extends", "params", "operator"]));
    const ofParam = await completions("apiVersion: leader/v1\nparams:\n  factor:\n    |\n");
    expect(labels(ofParam)).toEqual(expect.arrayContaining(["type", "default", "sets", "minimum", "choices"]));
    for (const [text, meaning] of [
      ['exte|nds: "@leader/presets#ddnm/bicubic-x4"\n', "what this file adds to"],
      ["para|ms: {}\n", "set by name"],
      ["params: { factor: { type: integer, se|ts: operator.with.factor } }\n", "the path of the value that it sets"],
    ] as const) {
      const { at } = await open(text);
      expect(JSON.stringify(await connection.sendRequest("textDocument/hover", at)), text).toContain(meaning);
    }
  });

  it.each([
    [
      "what is left out, taken away or set by a param is no problem",
      'extends: "@leader/presets#ddnm/bicubic-x4"\nmodulator: null\nbaseline: { with: { eta: 0.5 } }\n',
      [],
    ],
    [
      "nor is an option that a param sets",
      'operator: { use: "@leader/operators#super-resolution", with: {} }\nbaseline: { use: "@leader/baseline-ddnm#ddnm" }\nparams: { factor: { type: integer, default: 2, sets: operator.with.factor } }\n',
      [],
    ],
    [
      "a false option is",
      'extends: "@leader/presets#ddnm/bicubic-x4"\nbaseline: { use: "@leader/baseline-ddnm#ddnm", with: { etaa: 0.5 } }\n',
      [{ line: 3, character: 55 }],
    ],
    ["a false type of a param is", "extends: x.yaml\nparams: { factor: { type: whole, sets: seed } }\n", [{ line: 3, character: 26 }]],
    ["a file that stands by itself needs its stages", 'baseline: { use: "@leader/baseline-ddnm#ddnm" }\n', [{ line: 1, character: 0 }]],
  ])("%s", async (_what, text, expected) => {
    const { problems } = await open(`apiVersion: leader/v1\n${text}`);
    expect((await problems).map(({ range }) => range.start)).toEqual(expected);
  });
});

it("a preset is right by the schema of its own package, which its first line names", async () => {
  const file = join(workspaceRoot, "presets/ddnm/bicubic-x4.yaml");
  const uri = pathToFileURL(file).href;
  const problems = new Promise<readonly Problem[]>((resolve) => waiting.set(uri, resolve));
  const text = readFileSync(file, "utf8").replace("eta: 0.85", "etaa: 0.85");
  expect(text).toContain("etaa");
  await connection.sendNotification("textDocument/didOpen", { textDocument: { uri, languageId: "yaml", version: 1, text } });
  expect((await problems).map(({ range }) => range.start.line)).toEqual([6]);
});

describe("problems are marked where they stand", () => {
  it.each([
    ["a stage of another kind", 'operator: { use: "leader#uniform" }\nbaseline: { use: "@leader/baseline-ddnm#ddnm" }\n', 1, 17],
    [
      "an unknown option",
      'operator: { use: "@leader/operators#denoising" }\nbaseline: { use: "@leader/baseline-ddnm#ddnm", with: { etaa: 1 } }\n',
      2,
      55,
    ],
    [
      "a value of another type",
      'operator: { use: "@leader/operators#denoising" }\nbaseline: { use: "@leader/baseline-ddnm#ddnm" }\nscheduler: { use: "leader#uniform", with: { steps: many } }\n',
      3,
      51,
    ],
  ])("%s", async (_what, text, line, character) => {
    const { problems } = await open(`${text}apiVersion: leader/v1\n`);
    const found = await problems;
    expect(found.map(({ range }) => range.start)).toContainEqual({ line, character });
    expect(found.every(({ range }) => range.start.line === line)).toBe(true);
  });

  it("none in a pipeline that is right", async () => {
    const { problems } = await open(
      'apiVersion: leader/v1\noperator: { use: "@leader/operators#denoising" }\nbaseline: { use: "@leader/baseline-ddnm#ddnm" }\nscheduler: { use: "leader-ten#ten-steps", with: { power: 2 } }\n',
    );
    expect(await problems).toEqual([]);
  });
});
