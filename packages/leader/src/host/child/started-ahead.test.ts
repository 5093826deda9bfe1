import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { builtEntry } from "../../files/built-entry.js";
import { startAhead, takeAhead } from "./started-ahead.js";
import { SupervisedWorker } from "./supervised-worker.js";

let folder = "";
let entry = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-ahead-"));
  entry = join(folder, "entry.mjs");
  const library = pathToFileURL(builtEntry("index.js")).href;
  await writeFile(
    entry,
    `import { serve } from ${JSON.stringify(library)};\nserve({ pid: () => Promise.resolve(process.pid) }, () => Promise.resolve());\n`,
  );
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

it("is taken over by the first worker of its entry, and by no other", async () => {
  startAhead(entry);
  startAhead(entry);
  const ahead = takeAhead(entry);
  expect(takeAhead(entry)).toBeUndefined();
  ahead?.kill();
  await ahead?.ended;
  startAhead(entry);
  await using first = new SupervisedWorker({ entry });
  await using second = new SupervisedWorker({ entry });
  const [one, two] = [await first.call({ method: "pid", argument: undefined }), await second.call({ method: "pid", argument: undefined })];
  expect(one).not.toBe(two);
  expect(takeAhead(entry)).toBeUndefined();
});

it("is replaced where it has ended before it was asked, and where it cannot be started nothing is said until then", async () => {
  startAhead(entry);
  const ended = takeAhead(entry)!;
  ended.kill();
  await ended.ended;
  await using worker = new SupervisedWorker({ entry });
  expect(await worker.call({ method: "pid", argument: undefined })).toBeTypeOf("number");
  const missing = join(folder, "missing.mjs");
  startAhead(missing);
  expect(takeAhead(missing)).toBeUndefined();
  await using none = new SupervisedWorker({ entry: missing });
  await expect(none.call({ method: "pid", argument: undefined })).rejects.toMatchObject({ code: "LEADER_CHILD_UNAVAILABLE" });
});
