import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createPipeline, parsePipeline, writePicture } from "leader-restore";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { workspaceRoot } from "../scripts/workspace-packages.mjs";
import { blocks, blocksIn } from "./snippets/blocks.js";

// What README and docs show is compiled, run or checked as it stands there.
const run = promisify(execFile);
const of = blocksIn;

let folder = "";
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "leader-snippets-"));
  symlinkSync(join(workspaceRoot, "node_modules"), join(folder, "node_modules"), "junction");
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({ name: "@acme/leader-null-space", version: "0.1.0", type: "module", leader: { apiVersion: "1.0" } }),
  );
  const data = Float32Array.from({ length: 3 * 16 * 16 }, (_, i) => Math.sin(i / 9) / 2);
  await writePicture(join(folder, "blurred.png"), { shape: [1, 3, 16, 16], dtype: "float32", data });
  for (const { language, code } of blocks) {
    const name = /^# (\S+\.yaml)\n/u.exec(code)?.[1];
    if (language === "yaml" && name !== undefined) writeFileSync(join(folder, name), code);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("JavaScript runs", () => {
  it.each(of("js"))(
    "%s",
    async (title, { code }) => {
      const file = join(folder, `${title.replace(/\W+/gu, "-")}.mjs`);
      writeFileSync(file, code);
      const { stdout } = await run(process.execPath, [file], { cwd: folder });
      expect(stdout).not.toBe("");
      expect(stdout).not.toMatch(/^(?:422|503)/mu);
    },
    300_000,
  );

  it("and fails where it is false", async () => {
    const [, { code }] = of("js").find(([, block]) => block.document === "README.md")!;
    const file = join(folder, "false.mjs");
    writeFileSync(file, code.replaceAll("createRestorer", "createRestore"));
    await expect(run(process.execPath, [file], { cwd: folder })).rejects.toThrow("createRestore");
  });
});

it("TypeScript compiles, the blocks of all documents side by side", () => {
  const sources = join(folder, "src");
  mkdirSync(sources);
  writeFileSync(join(sources, "package.json"), readFileSync(join(folder, "package.json")));
  const files = of("ts").map(([title, { name, code }]) => {
    const file = join(sources, name === "" ? `${title.replace(/\W+/gu, "-")}.ts` : name);
    writeFileSync(file, code);
    return file;
  });
  expect(files.length).toBeGreaterThanOrEqual(5);
  // One that is false, as the proof that others would be found.
  const [, { code }] = of("ts").find(([, { name }]) => name === "plugin.ts")!;
  files.push(join(sources, "false.ts"));
  writeFileSync(files.at(-1)!, code.replace("prior.x0.sub(", "prior.x0.subtract("));
  const { config } = ts.readConfigFile(join(workspaceRoot, "tsconfig.base.json"), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...config.compilerOptions,
      composite: false,
      declaration: false,
      declarationMap: false,
      emitDeclarationOnly: false,
      noEmit: true,
      tsBuildInfoFile: undefined,
      preserveSymlinks: true,
    },
    sources,
  );
  const program = ts.createProgram(files, options);
  const problems = ts.getPreEmitDiagnostics(program).filter(({ file }) => file?.fileName.startsWith(sources) !== false);
  const said = problems.map((p) => `${p.file?.fileName ?? ""}: ${ts.flattenDiagnosticMessageText(p.messageText, "\n")}`);
  expect(said).toEqual([expect.stringMatching(/false\.ts: Property 'subtract' does not exist/u)]);
}, 300_000);

describe("pipelines are valid", () => {
  const whole = { operator: { use: "@leader/operators#colorization" }, baseline: { use: "@leader/baseline-ddnm#ddnm" } };
  // A block is a pipeline, or lines of one: each is then put into a plain pipeline. What a reader's own plugin or file is named is not looked up.
  const parts = of("yaml")
    .filter(([, { code }]) => !code.includes("leader-bench"))
    .flatMap(([title, { code }]) => {
      const pieces = /^(?:operator|extends):/mu.test(code)
        ? [code]
        : code.split(/\n(?=[a-z]+:)/u).filter((piece) => /^[a-z]+:/u.test(piece));
      return pieces.map((piece, i) => [`${title}.${i + 1}`, piece] as const);
    });
  const roles = /^(?:apiVersion|seed|noise|operator|denoiser|baseline|wrapper|uncertainty|modulator|scheduler|backend|ucpm|satp):/u;
  it.each(parts.filter(([, code]) => code.split("\n").some((line) => roles.test(line))))("%s", async (_title, code) => {
    if (/^(?:extends|params):/mu.test(code)) {
      expect((await parsePipeline(code, join(folder, "of-a-page.yaml"), { importSeconds: 120 })).config.operator.use).toContain("#");
      return;
    }
    const value = parse(code.replaceAll("\t", " ")) as Readonly<Record<string, { readonly use?: string } | undefined>>;
    const known = Object.entries(value).filter(([, stage]) => !/^(?:@acme\/|leader-soft-ddnm\b|\.)/u.test(stage?.use ?? ""));
    if (known.length === 0) return;
    const pipeline = await createPipeline(
      { ...whole, ...(Object.fromEntries(known) as object) },
      { directory: workspaceRoot, importSeconds: 120 },
    );
    expect(pipeline.config.operator.use).toContain("#");
  });

  it("and one with a stage or an option that there is not is refused", async () => {
    const made = (baseline: { readonly use: string; readonly with?: Readonly<Record<string, unknown>> }): Promise<unknown> =>
      createPipeline({ ...whole, baseline }, { directory: workspaceRoot, importSeconds: 120 });
    await expect(made({ use: "@leader/baseline-ddnm#ddnm-pluss" })).rejects.toThrow("ddnm-pluss");
    await expect(made({ use: "@leader/baseline-ddnm#ddnm", with: { etta: 1 } })).rejects.toThrow("etta");
  });
});
