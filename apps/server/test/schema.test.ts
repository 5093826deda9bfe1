import { LeaderError } from "@leader/graph";
import { expect, test, vi } from "vitest";
import { LocalRunner } from "../src/jobs/local-runner.js";
import { serviceFixture } from "./fixture.js";

test("the schema is asked for again after a process failed to make it, and then no more", async () => {
  const crashed = new LeaderError("LEADER_CHILD_CRASHED", { message: "it ended", hint: "try again", retryable: true });
  const ask = vi.spyOn(LocalRunner.prototype, "ask").mockRejectedValueOnce(crashed);
  await using fixture = await serviceFixture();
  const schema = (): Promise<Response> => fetch(`${fixture.url}/v1/schema`);
  expect((await schema()).ok).toBe(false);
  for (let i = 0; i < 2; i++) expect(JSON.stringify(await (await schema()).json())).toContain("@leader/operators#super-resolution");
  expect(ask).toHaveBeenCalledTimes(2);
  ask.mockRestore();
}, 60_000);
