import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { settingsOf } from "../src/options.js";
import { OpenPipelines } from "../src/worker/open-pipelines.js";

// A request may extend a preset that comes along, and can neither read a file of the service through `extends` nor learn whether it is there.
let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "leader-extends-"));
  await writeFile(join(folder, "secret.yaml"), "password: hunter2\n");
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const pipelineOf = async (reference: string, more = "") => {
  await using opened = new OpenPipelines(settingsOf({}).equipment);
  return await opened.pipeline({
    text: `apiVersion: leader/v1\nextends: ${JSON.stringify(reference)}\nseed: 3\n${more}`,
    params: {},
    uploads: {},
  });
};

it("a preset of @leader/presets is extended", async () => {
  const { config } = await pipelineOf("@leader/presets#ddnm/bicubic-x4");
  expect(config).toMatchObject({ seed: 3, operator: { with: { factor: 4 } } });
});

it.each(["secret.yaml", "absent.yaml", "../../package.yaml"])("%s is refused, there or not, by the same words", async (name) => {
  const error: unknown = await pipelineOf(join(folder, name)).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "LEADER_EXTENDS_REFUSED", message: expect.stringContaining("pipeline.yaml:2:10") as string });
  expect(String(error)).not.toMatch(/hunter2|password|does not exist|not there/u);
});

it("several restorations of one picture are refused: a request gets one", async () => {
  await expect(pipelineOf("@leader/presets#ddnm/bicubic-x4", "samples: 8\n")).rejects.toMatchObject({ code: "LEADER_SERVER_FIELD" });
});

it.each(["@leader/presets#../package", "@leader/presets#../../package", "vitest#x", "@acme/absent#x"])("so is %s", async (reference) => {
  await expect(pipelineOf(reference)).rejects.toThrow(/LEADER_(?:EXTENDS_REFUSED|PRESET_NOT_FOUND)/u);
});
