import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bench, benchFolders, picture, read, run, tables } from "./bench-fixture.js";
import { recordsOf, type CliResult } from "./run-cli.js";

/** The bench as a user meets it, on a prior without weights. */

/** How often the bench is killed while it works. LEADER_KILL_CYCLES=20 is the long form of the test. */
const killCycles = Number(process.env["LEADER_KILL_CYCLES"] ?? 3);

let folders: Awaited<ReturnType<typeof benchFolders>>;
let whole = "";
let expected: readonly string[] = [];
let first: CliResult;
beforeAll(async () => {
  folders = await benchFolders();
  whole = await folders.fresh();
  first = await run(whole, ["-o", "out", "--json"]);
  expected = await Promise.all(tables.map((name) => read(join(whole, "out"), name)));
}, 60_000);
afterAll(async () => {
  await folders.remove();
});

describe("a bench", () => {
  it("tells every unit as one line of JSON, and writes tables", () => {
    expect(first.code).toBe(0);
    const records = recordsOf(first);
    const units = records.filter(({ type }) => type === "unit");
    expect(units).toHaveLength(6);
    expect(units[0]).toMatchObject({ method: "ddnm", task: "sr2", image: "p0", seed: 0, status: "ok", evaluations: 4, warm: false });
    expect(units[0]).toMatchObject({ metrics: { distance: { value: 0 }, psnr: { identity: { name: "PSNR", colour: "rgb", crop: 0 } } } });
    expect(units[4]).toMatchObject({ method: "leader", warm: true });
    expect(records.at(-1)).toMatchObject({ type: "bench", complete: true, failed: 0 });
  });

  it("states identities, the paper's numbers as the paper's, and what it cannot test", () => {
    const [markdown, csv, json] = expected;
    expect(markdown).toMatch(/psnr: PSNR \(rgb, \[0,1\] clamped, no crop, v1\), higher is better/u);
    expect(markdown).toMatch(/\| psnr \(paper\) \|/u);
    expect(markdown).toMatch(/\| ddnm \| .* \| 30\.25 \|/u);
    expect(markdown).not.toMatch(/seconds/u);
    expect(markdown).toMatch(/to ddnm \(not tested: fewer than 6 pictures\)/u);
    expect(csv!.trim().split("\n")).toHaveLength(1 + 2 * 4);
    const claims = (JSON.parse(json!) as { readonly claims: readonly { readonly verdict: string }[] }).claims;
    expect(claims.map(({ verdict }) => verdict)).toEqual(["holds", "does not hold", "too few pictures"]);
  });

  it("keeps what depends on the clock in a file of its own", async () => {
    expect(await read(join(whole, "out"), "cost.md")).toMatch(/\| sr2 \| DDNM \+ LEADer \| \d+\.\d+ \|/u);
    expect((await read(join(whole, "out"), "results.jsonl")).trim().split("\n")).toHaveLength(6);
  });

  it("sweeps options, and compares and draws the curves", async () => {
    const swept = bench()
      .replace('baseline: { use: "@leader/baseline-ddnm#ddnm" }', "$&\n    sweep: { grid: { baseline.with.eta: [0.3, 0.9] } }")
      .replace('modulator: { use: "leader#ucpm" }', "$&\n    sweep: { grid: { modulator.with.fidelity: [0, 1] } }")
      .replace("    against: ddnm\n", "")
      .replace(
        /metrics:[^]*?quick/u,
        "metrics: [{ use: psnr }, { use: residual, name: lpips }]\nfrontiers: [{ method: leader, than: ddnm }]\nquick",
      );
    const folder = await folders.fresh(swept);
    const result = await run(folder, ["-o", "out", "--no-check", "--json"]);
    expect(result.code).toBe(0);
    expect(recordsOf(result).filter(({ type }) => type === "unit")).toHaveLength(4 * 3);
    const [markdown, svg] = await Promise.all([read(join(folder, "out"), "table.md"), read(join(folder, "out"), "frontier-sr2.svg")]);
    expect(markdown).toMatch(/\| leader against ddnm \| sr2 \| fidelity 0 \| 4\.0 \|/u);
    expect(markdown).toContain("![sr2](frontier-sr2.svg)");
    expect(svg.match(/<circle /gu)).toHaveLength(4);
  });

  it("computes nothing twice", async () => {
    const again = await run(whole, ["-o", "out", "--json"]);
    expect(recordsOf(again).map(({ type }) => type)).toEqual(["bench"]);
    expect(await Promise.all(tables.map((name) => read(join(whole, "out"), name)))).toEqual(expected);
  });

  it(`ends with the same tables after being killed ${killCycles} times, and computes nothing twice`, async () => {
    const many = ["--no-check", "--set", `seeds=[${Array.from({ length: killCycles }, (_, seed) => seed).join(",")}]`];
    const units = 6 * killCycles;
    expect((await run(whole, ["-o", "unbroken", ...many])).code).toBe(0);
    const recordLine = /^\[\d+\//gmu;
    let [kills, recorded] = [0, 0];
    for (let attempt = 0; attempt < killCycles; attempt++) {
      // Right after its first, second or third record, or a little later: while the next unit is computed, written or counted.
      const [least, delay] = [1 + (attempt % 3), attempt % 7];
      let seen = 0;
      const result = await run(whole, ["-o", "killed", ...many], (child) => {
        child.stderr!.on("data", (chunk: Buffer) => {
          seen += chunk.toString().match(recordLine)?.length ?? 0;
          if (seen >= least) setTimeout(() => child.kill("SIGKILL"), delay);
        });
      });
      if (result.code === null) kills++;
      recorded += result.stderr.match(recordLine)?.length ?? 0;
    }
    expect(kills).toBe(killCycles);
    expect(recorded).toBeGreaterThanOrEqual(killCycles);
    const last = await run(whole, ["-o", "killed", ...many]);
    expect(last.code).toBe(0);
    expect(recorded + last.stderr.match(recordLine)!.length).toBeLessThanOrEqual(units);
    for (const name of tables) expect(await read(join(whole, "killed"), name)).toBe(await read(join(whole, "unbroken"), name));
    const left = await readdir(join(whole, "killed", "units"));
    expect(left.filter((name) => name.endsWith(".json"))).toHaveLength(units);
  }, 600_000);

  it("gives the same tables from shards", async () => {
    const one = await run(whole, ["-o", "shards", "--shard", "1/2", "--no-check"]);
    expect(one.stdout).toMatch(/\d of 6 units are done; run the other shards/u);
    expect((await run(whole, ["-o", "shards", "--shard", "2/2", "--no-check"])).code).toBe(0);
    expect(await Promise.all(tables.map((name) => read(join(whole, "shards"), name)))).toEqual(expected);
  }, 240_000);
});

describe("units that fail", () => {
  it("are none where a result cannot be kept: nothing is known of its unit, which the next start computes", async () => {
    const folder = await folders.fresh();
    await mkdir(join(folder, "out"));
    await writeFile(join(folder, "out/results"), "in the way");
    const stopped = await run(folder, ["-o", "out"]);
    expect(stopped.code, stopped.stderr).toBe(75);
    expect(stopped.stderr).toContain("LEADER_FILE_NOT_WRITTEN");
    expect(await readdir(join(folder, "out/units"))).toEqual([]);
    await rm(join(folder, "out/results"));
    expect((await run(folder, ["-o", "out"])).code).toBe(0);
  });

  it("are counted, do not stop the others, and are tried again when told to", async () => {
    const folder = await folders.fresh();
    await writeFile(join(folder, "images", "p1.png"), "no picture");
    await picture(join(folder, "images", "p2.png"), 2, 12, 40);
    const result = await run(folder, ["-o", "out", "--no-check"]);
    expect(result.code).toBe(1);
    expect(result.stderr).toMatch(/p1 seed 0: failed: LEADER_PICTURE_UNREADABLE/u);
    expect(result.stderr).toMatch(/12x40, smaller than the 16x16/u);
    expect(result.stdout).toMatch(/\| 2 of 3 \|/u);
    await picture(join(folder, "images", "p2.png"), 2);
    const mended = await run(folder, ["-o", "out", "--no-check"]);
    expect(mended.stderr).not.toMatch(/p1 seed/u);
    expect(mended.stdout).toMatch(/\| 1 of 3 \|/u);
    expect((await run(folder, ["-o", "out", "--retry-failed", "--no-check"])).stderr).toMatch(/p1 seed 0: failed/u);
  }, 240_000);
});
