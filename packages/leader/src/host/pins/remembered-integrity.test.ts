import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keepIn } from "@leader/graph";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fileIntegrity, integrityOf, moduleIntegrity } from "./integrity.js";

let folder = "";
let kept = new Map<string, Uint8Array>();
const at = (name: string): string => join(folder, name);
const large = (fill: string): string => fill.repeat(1 << 20);

/** Lets the files of a test be as old as those of an installation. */
const waitUntilSettled = (): void => void vi.setSystemTime(Date.now() + 10_000);

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-integrity-"));
  kept = new Map();
  keepIn({ get: (key) => kept.get(key), put: (key, bytes) => void kept.set(key, bytes) });
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
  keepIn(undefined);
  rmSync(folder, { recursive: true, force: true });
});

/** Replaces what was kept, so that its use shows. */
function mark(): void {
  for (const [key, bytes] of kept) {
    const changed = new TextDecoder().decode(bytes).replace(/sha256:[0-9a-f]{64}/u, "sha256:kept");
    kept.set(key, new TextEncoder().encode(changed));
  }
}

describe("the integrity of a large file", () => {
  it("is kept, and holds until the file is another one, even of the same size and age", async () => {
    writeFileSync(at("w.onnx"), large("a"));
    const old = new Date(2020, 1, 1);
    utimesSync(at("w.onnx"), old, old);
    waitUntilSettled();
    expect(await fileIntegrity(at("w.onnx"))).toBe(integrityOf(large("a")));
    mark();
    expect(await fileIntegrity(at("w.onnx"))).toBe("sha256:kept");
    writeFileSync(at("w.onnx"), large("b"));
    utimesSync(at("w.onnx"), old, old);
    expect(await fileIntegrity(at("w.onnx"))).toBe(integrityOf(large("b")));
    writeFileSync(at("other"), large("c"));
    utimesSync(at("other"), old, old);
    renameSync(at("other"), at("w.onnx"));
    expect(await fileIntegrity(at("w.onnx"))).toBe(integrityOf(large("c")));
  });

  it("is not kept of a file that was changed just now, nor of one that is small or missing", async () => {
    writeFileSync(at("new.onnx"), large("a"));
    expect(await fileIntegrity(at("new.onnx"))).toBe(integrityOf(large("a")));
    waitUntilSettled();
    writeFileSync(at("small.onnx"), "a");
    expect(await fileIntegrity(at("small.onnx"))).toBe(integrityOf("a"));
    expect(await fileIntegrity(at("missing.onnx"))).toBe("unreadable");
    expect(kept.size).toBe(0);
  });

  it("is made anew where what was kept is damaged", async () => {
    writeFileSync(at("w.onnx"), large("a"));
    waitUntilSettled();
    await fileIntegrity(at("w.onnx"));
    for (const damaged of [
      "",
      '{"integrity":"sha256:x","states":{}}',
      "{",
      "[]",
      '{"integrity":1,"states":{}}',
      '{"integrity":"sha256:x","states":{"a":1}}',
    ]) {
      for (const key of kept.keys()) kept.set(key, new TextEncoder().encode(damaged));
      expect(await fileIntegrity(at("w.onnx")), damaged).toBe(integrityOf(large("a")));
    }
  });
});

it("the integrity of code is kept until one of its modules is another one, is gone, or is there again", async () => {
  writeFileSync(at("index.js"), 'import "./a.js";');
  writeFileSync(at("a.js"), 'import "./b.js";');
  waitUntilSettled();
  const first = await moduleIntegrity(at("index.js"));
  mark();
  expect(await moduleIntegrity(at("index.js"))).toBe("sha256:kept");
  writeFileSync(at("b.js"), "1;");
  const whole = await moduleIntegrity(at("index.js"));
  expect(whole).toMatch(/^sha256:[0-9a-f]{64}$/u);
  expect(whole).not.toBe(first);
  waitUntilSettled();
  await moduleIntegrity(at("index.js"));
  rmSync(at("b.js"));
  expect(await moduleIntegrity(at("index.js"))).toBe(first);
});
