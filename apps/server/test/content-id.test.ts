import { mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ContentIds } from "../src/queue/content-id.js";
import type { Submission } from "../src/jobs/runner.js";

test("a network that is changed in place, also to one of the same size and date, names other restorations", async () => {
  const folder = mkdtempSync(join(tmpdir(), "leader-content-id-"));
  try {
    const network = join(folder, "network.onnx");
    writeFileSync(network, "first");
    const ids = new ContentIds({ plugins: [], bundled: {}, files: { network }, defaults: {} }, "1.0.0");
    const name = (): Promise<string> => ids.of(submission);
    const first = await name();
    expect(first).toMatch(/^[0-9a-f-]{36}$/u);
    expect(await name()).toBe(first);
    const { atime, mtime } = statSync(network);
    writeFileSync(network, "other");
    utimesSync(network, atime, mtime);
    const second = await name();
    expect(second).not.toBe(first);
    writeFileSync(join(folder, "new.onnx"), "first");
    renameSync(join(folder, "new.onnx"), network);
    expect(await name()).toBe(first);
    rmSync(network);
    expect([first, second]).not.toContain(await name());
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("what a param is set to names other restorations, and so does another network that it names, or a preset that says something else", async () => {
  const folder = mkdtempSync(join(tmpdir(), "leader-content-id-"));
  try {
    const second = join(folder, "second.onnx");
    writeFileSync(second, "one");
    const files = { network: join(folder, "absent"), second };
    const ids = new ContentIds({ plugins: [], bundled: {}, files, defaults: {} }, "1.0.0");
    const withParams = (params: Readonly<Record<string, string>>, hash = ""): Promise<string> => {
      const { request, restoration } = submission;
      const inspected = { ...request.inspected, hash };
      return ids.of({
        ...submission,
        request: { ...request, inspected },
        restoration: { ...restoration, pipeline: { ...pipeline, params } },
      });
    };
    const names = [
      await withParams({}),
      await withParams({ factor: "2" }),
      await withParams({ factor: "3" }),
      await withParams({}, "other"),
    ];
    expect(new Set(names).size).toBe(4);
    expect(await withParams({ factor: "2" })).toBe(names[1]);
    const named = await withParams({ path: "second" });
    writeFileSync(second, "two");
    expect(await withParams({ path: "second" })).not.toBe(named);
    expect(await withParams({ factor: "2" })).toBe(names[1]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

const pipeline = { text: '{ "denoiser": { "with": { "path": "network" } } }', params: {}, uploads: {} };

const submission: Submission = {
  request: {
    inspected: { config: {} as never, hash: "", result: { width: 1, height: 1 } },
    text: pipeline.text,
    owner: "everybody",
    uncertainty: false,
    release: () => undefined,
  },
  restoration: { pipeline, picture: new Uint8Array(4), pixels: 100, uncertainty: false },
  files: new Map(),
  priority: "normal",
};
