import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodePicture } from "leader-restore";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCli } from "./run-cli.js";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-serve-test-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pipeline = JSON.stringify({
  apiVersion: "leader/v1",
  operator: { use: "@leader/operators#denoising" },
  denoiser: { use: "leader#gaussian", with: { decay: 0 } },
  // A method that the command line brings along, and the library does not.
  baseline: { use: "@leader/baseline-pigdm#pigdm" },
  scheduler: { use: "leader#uniform", with: { steps: 3 } },
  backend: { use: "leader#reference" },
  noise: 0.1,
});

test("leader serve restores with the methods that it brings along, asks for keys, and ends in peace", async () => {
  const key = "a-key-of-the-serving-test";
  writeFileSync(join(folder, "keys.txt"), `# keys\n${key}\n`);
  let seen = "";
  let served: Promise<void> | undefined;
  const result = await runCli(["serve", "--port", "0", "--keys", "keys.txt", "--maximum", "1", "--log-level", "warn"], {
    cwd: folder,
    started: (child) => {
      child.stdout!.on("data", (chunk: Buffer) => {
        seen += chunk.toString();
        const url = /listening on (\S+)\n/u.exec(seen)?.[1];
        if (url !== undefined) served ??= restoreOver(url, key).finally(() => child.kill("SIGTERM"));
      });
    },
  });
  await served;
  expect(result).toMatchObject({ code: 0, stderr: expect.stringContaining("running restorations finish") as string });
  expect(execFileSync("ps", ["-eo", "ppid=,args="], { encoding: "utf8" })).not.toMatch(/^\s*1 .*server\/dist\/worker\/main\.js/mu);
});

async function restoreOver(url: string, key: string): Promise<void> {
  const data = Float32Array.from({ length: 192 }, (_, i) => Math.sin(i) / 2);
  const picture = await encodePicture("png", { shape: [1, 3, 8, 8], dtype: "float32", data });
  const query = new URLSearchParams({ pipeline });
  const address = `${url}/v1/restorations?${query.toString()}`;
  const request = { method: "POST", body: new Uint8Array(picture), headers: { "content-type": "image/png" } };
  expect((await fetch(address, request)).status).toBe(401);
  const headers = { authorization: `Bearer ${key}` };
  const accepted = await fetch(address, { ...request, headers: { ...request.headers, ...headers } });
  expect(accepted.status, await accepted.clone().text()).toBe(202);
  const { links } = (await accepted.json()) as { readonly links: Readonly<Record<string, string>> };
  expect(await (await fetch(url + links["events"]!, { headers })).text()).toContain('"state":"completed"');
  expect((await fetch(url + links["result"]!, { headers })).headers.get("content-type")).toBe("image/png");
}

test("leader serve refuses what it cannot serve with", async () => {
  for (const [args, code, text] of [
    [["--file", "x"], 2, "NAME=PATH"],
    [["--keys", "none.txt"], 42, "LEADER_FILE_MISSING"],
    [["--queue", "redis://127.0.0.1:1"], 42, "LEADER_SERVER_OPTION"],
    [["--log-level", "loud"], 42, "LEADER_SERVER_OPTION"],
    [["--host", "203.0.113.1", "--minimum", "0", "--port", "1"], 42, "LEADER_SERVER_LISTEN"],
  ] as const) {
    const { code: got, stderr } = await runCli(["serve", ...args], { cwd: folder });
    expect({ got, stderr }).toMatchObject({ got: code, stderr: expect.stringContaining(text) as string });
  }
});
