import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parsePipeline, type RecordOptions, type RestoreResult } from "../src/index.js";
import { fixturePipeline, fixturePlugin, makeFolder, picture, removeFolder } from "./host-fixture.js";

let folder = "";
beforeAll(async () => {
  folder = await makeFolder({ "package.json": '{ "type": "module" }', "fixture.js": fixturePlugin });
});
afterAll(() => removeFolder(folder));

const y = picture([1, 2, 4, 5]);

async function restore(isolate: boolean, changes: Readonly<Record<string, string>>, record?: RecordOptions): Promise<RestoreResult> {
  const pipeline = await parsePipeline(fixturePipeline(changes), join(folder, "pipeline.yaml"));
  await using session = await pipeline.open({ isolate });
  return await session.restore(y, record === undefined ? {} : { record }).result;
}

describe("recording a run", () => {
  test.each([
    ["in process", false],
    ["in the child", true],
  ])("%s, keeps what the prior said, and changes nothing", async (_, isolate) => {
    const scored = { uncertainty: "{ use: leader#score }" };
    const plain = await restore(isolate, scored);
    const recorded = await restore(isolate, scored, {});
    expect(plain.frames).toBeUndefined();
    expect(recorded.image).toEqual(plain.image);
    expect(recorded.frames!.map((frame) => frame.step)).toEqual([0, 1, 2, 3]);
    for (const frame of recorded.frames!) {
      expect(frame.x0.shape).toEqual([1, 2, 4, 5]);
      expect(frame.variance!.shape).toEqual([1, 1, 4, 5]);
      expect(Math.min(...frame.variance!.data)).toBeGreaterThanOrEqual(0);
    }
    // The fixture's last step returns the mean of the prior's x0 and the measurement.
    const { x0 } = recorded.frames!.at(-1)!;
    const apart = x0.data.map((value, i) => Math.abs(recorded.image.data[i]! - (value + y.data[i]!) / 2));
    expect(Math.max(...apart)).toBeLessThan(1e-6);
  });

  test("keeps few frames where few are wanted, without a variance where nothing estimates one", async () => {
    const { frames } = await restore(false, {}, { frames: 2, side: 3 });
    expect(frames!.map((frame) => frame.step)).toEqual([0, 3]);
    expect(frames![0]!.variance).toBeUndefined();
    expect(frames![0]).toMatchObject({ stride: 2, x0: { shape: [1, 2, 2, 3] } });
  });
});
