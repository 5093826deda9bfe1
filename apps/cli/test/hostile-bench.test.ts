import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { trace, type Tensor } from "@leader/graph";
import { writeOnnx } from "@leader/graph/onnx";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bench, benchFolders, run } from "./bench-fixture.js";
import { recordsOf } from "./run-cli.js";

/** Benches whose plugins and pictures misbehave: what happens to the working process is a failed unit or a coded error of the program. */

let folders: Awaited<ReturnType<typeof benchFolders>>;
beforeAll(async () => {
  folders = await benchFolders();
});
afterAll(async () => {
  await folders.remove();
});

/** An operator as any other, until `apply` is called. */
const operator = (apply: string, top = ""): string => `${top}
const anything = { "~standard": { version: 1, vendor: "hostile", validate: (value) => ({ value }) } };
const at = (image) => ({ name: "h", domain: image, range: image, apply: (x) => ${apply}, adjoint: (y) => y.mul(1), pinv: (y) => y.mul(1) });
const x = { kind: "operator", summary: "hostile", options: anything, create: () => ({ imageFor: (y) => y, at }) };
export default { apiVersion: "1.0", name: "hostile", version: "1.0.0", stages: { x } };
`;

/** A second task that has the plugin for its operator. */
const withPlugin = (): string => bench().replace("methods:\n", '  bad: { operator: { use: "./bad.js#x" } }\nmethods:\n');

async function folderWith(plugin: string): Promise<string> {
  const folder = await folders.fresh(withPlugin());
  await writeFile(join(folder, "bad.js"), plugin);
  return folder;
}

/** Resolves when a file is there. */
async function begun(path: string): Promise<void> {
  while (!existsSync(path)) await sleep(20);
}

/** Outcome and code of each unit, by task. */
const outcomes = (result: Awaited<ReturnType<typeof run>>, task: string): readonly string[] =>
  recordsOf(result)
    .filter((record) => record["type"] === "unit" && record["task"] === task)
    .map(({ status, error }) => (status === "ok" ? "ok" : (error as { readonly code: string }).code));

describe("a plugin of a bench that", () => {
  it("throws on import is a coded error before anything is computed", async () => {
    const result = await run(await folderWith("throw new Error('no');"), ["-o", "out"]);
    expect(result).toMatchObject({ code: 42, stderr: expect.stringMatching(/LEADER_PLUGIN_IMPORT_FAILED[^]*bad\.js/u) as string });
  });

  it("leaves when it is used fails its units, and the others are measured", async () => {
    const result = await run(await folderWith(operator("process.exit(0)")), ["-o", "out", "--no-check", "--json"]);
    expect(result.code).toBe(1);
    expect(outcomes(result, "bad")).toEqual(Array(6).fill("LEADER_PROCESS_LEFT"));
    expect(outcomes(result, "sr2")).toEqual(Array(6).fill("ok"));
  }, 120_000);

  it("ends its process fails the unit that was begun, and the next one gets a new process", async () => {
    const folder = await folderWith(operator("process.kill(process.pid, 'SIGKILL')"));
    const result = await run(folder, ["-o", "out", "--no-check", "--json", "--set", "images.limit=1"]);
    expect(result.code).toBe(1);
    expect(outcomes(result, "bad")).toEqual(Array(2).fill("LEADER_CHILD_CRASHED"));
    expect(outcomes(result, "sr2")).toEqual(Array(2).fill("ok"));
    expect(recordsOf(result).at(-1)).toMatchObject({ complete: true, failed: 2 });
  }, 120_000);

  it("is refused by --no-local-plugins, and runs with no word of it", async () => {
    const result = await run(await folderWith("process.stderr.write('it ran');"), ["-o", "out", "--no-local-plugins"]);
    expect(result).toMatchObject({ code: 42, stderr: expect.stringContaining("LEADER_PLUGIN_LOCAL_REFUSED") as string });
    expect(result.stderr).not.toContain("it ran");
  });

  it.skipIf(process.platform === "win32")("blocks does not keep the program from stopping at once", async () => {
    const blocking = "import { writeFileSync } from 'node:fs'; writeFileSync('blocks', ''); for (;;);";
    let sent = 0;
    const folder = await folderWith(blocking);
    const result = await run(folder, ["-o", "out"], (child) => {
      void begun(join(folder, "blocks")).then(() => {
        sent = performance.now();
        child.kill("SIGINT");
      });
    });
    expect(result).toMatchObject({ code: 130, stderr: expect.stringContaining("interrupted") as string });
    expect(performance.now() - sent).toBeLessThan(2000);
  });
});

it("a picture that asks for much fails its units within the limit of memory, and the others are measured", async () => {
  const folder = await folders.fresh();
  const blank = { width: 9000, height: 9000, channels: 3, background: "#7f7f7f" } as const;
  await sharp({ create: blank })
    .png()
    .toFile(join(folder, "images", "p1.png"));
  const result = await run(folder, ["-o", "out", "--no-check", "--json", "--max-memory", "500"]);
  expect(result.code).toBe(1);
  expect([...outcomes(result, "sr2")].sort()).toEqual(["LEADER_MEMORY_LIMIT", "LEADER_MEMORY_LIMIT", "ok", "ok", "ok", "ok"]);
}, 240_000);

/** A file of some 20 kB: a constant that is doubled again and again by whoever folds it, and a long chain of nodes. */
function growingNetwork(doublings: number, nodes: number): Uint8Array {
  const graph = trace(
    (x, alphaBar) => {
      let grown: Tensor = x.trace.constant({ shape: [2], dtype: "float32", data: Float32Array.of(1, 2) });
      for (let i = 0; i < doublings; i++) grown = x.trace.emit("Concat", [grown, grown], { axis: 0 });
      let long = x;
      for (let i = 0; i < nodes; i++) long = long.neg();
      return long.add(grown.sum()).add(alphaBar.reshape([1, 1, 1, 1]));
    },
    [
      { shape: [1, 3, 16, 16], dtype: "float32" },
      { shape: [1], dtype: "float32" },
    ],
    ["x", "alpha_bar"],
  );
  return writeOnnx(graph, { name: "grows", outputNames: ["epsilon"] }).model;
}

it.each([
  [26, "LEADER_MEMORY_LIMIT", 75],
  [28, "LEADER_ONNX_TOO_LARGE", 42],
] as const)(
  "a network of 20 kB whose constant is doubled %d times fails its units with %s, and the program lives",
  async (doublings, reason, code) => {
    const folder = await folders.fresh(bench().replace('"leader#gaussian" }', '"leader#onnx-file", with: { path: ./grows.onnx } }'));
    const network = growingNetwork(doublings, 600);
    expect(network.length).toBeLessThan(24_000);
    await writeFile(join(folder, "grows.onnx"), network);
    const result = await run(folder, ["-o", "out", "--no-check", "--json", "--max-memory", "500", "--set", "images.limit=1"]);
    expect(result.code).toBe(1);
    expect(outcomes(result, "sr2")).toEqual(Array(2).fill(reason));
    const checked = await run(folder, ["-o", "out", "--dry-run", "--max-memory", "500"]);
    expect(checked).toMatchObject({ code, stderr: expect.stringContaining(reason) as string });
  },
  240_000,
);
