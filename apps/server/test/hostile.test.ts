import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventsOf, form, png, quickPipeline, serviceFixture, type Fixture } from "./fixture.js";
import { hostileCases } from "./hostile-requests.js";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await serviceFixture({ bytes: 2 ** 20, pixels: 1_000_000, requestSeconds: 2, seconds: 12, memoryMiB: 600, queue: 20 });
});
afterAll(() => fixture[Symbol.asyncDispose]());

/** What an accepted restoration came to: its code of failure, with the state. */
async function outcomeOf(text: string): Promise<string> {
  const { links } = JSON.parse(text) as { readonly links: Readonly<Record<string, string>> };
  const events = await eventsOf(await fetch(new URL(links["events"]!, fixture.url)));
  return JSON.stringify(events.at(-1)!.data);
}

test("the list has at least 60 cases, each with a name of its own", () => {
  expect(new Set(hostileCases.map(({ name }) => name)).size).toBe(hostileCases.length);
  expect(hostileCases.length).toBeGreaterThanOrEqual(60);
});

test.each(hostileCases)("$name", async ({ status, code, send }) => {
  const secret = join(fixture.folder, "secret.txt");
  const became = await send(fixture.url, secret);
  expect(status, became.text.slice(0, 500)).toContain(became.status);
  const text = became.status === 202 ? await outcomeOf(became.text) : became.text;
  if (became.status === 202) expect(text).toContain('"state":"failed"');
  if (code !== undefined) expect(text).toContain(code);
  // Neither what is in a file of the machine, nor where anything is.
  for (const told of ["secret-of-the-test", "root:", "node_modules", "/dist/", "    at "]) expect(text).not.toContain(told);
  expect(text).not.toMatch(/^set-cookie:/imu);
});

test("after all of them the service restores a picture, nothing is polluted, and no file is left", async () => {
  expect(({} as Readonly<Record<string, unknown>>)["polluted"]).toBeUndefined();
  const response = await fetch(new URL("/v1/restorations", fixture.url), {
    method: "POST",
    body: form({ picture: await png(8), pipeline: quickPipeline() }),
  });
  expect(await outcomeOf(await response.text())).toContain('"state":"completed"');
  expect(await (await fetch(new URL("/readyz", fixture.url))).json()).toEqual({ status: "ready", running: 0, waiting: 0 });
  const [uploads] = readdirSync(fixture.folder).filter((name) => name.startsWith("leader-serve-"));
  expect(readdirSync(join(fixture.folder, uploads!))).toEqual([]);
});
