import { describe, expect, it } from "vitest";
import { Once } from "./once.js";

describe("what is made once", () => {
  it("is the same for all who ask, and not made before", async () => {
    let made = 0;
    const once = new Once(async () => await Promise.resolve({ number: ++made }));
    expect([made, once.made]).toEqual([0, undefined]);
    const [first, second] = await Promise.all([once.get(), once.get()]);
    expect(first).toBe(second);
    expect(await once.made).toBe(first);
    expect(made).toBe(1);
  });

  it("is made of what the first to ask gives", async () => {
    const once = new Once(async (name: string) => await Promise.resolve(`made for ${name}`));
    expect(await Promise.all([once.get("one"), once.get("another")])).toEqual(["made for one", "made for one"]);
  });

  it("is made anew after a failure, of which those hear who asked", async () => {
    let tries = 0;
    const once = new Once(async () => {
      await Promise.resolve();
      if (++tries === 1) throw new Error("not yet");
      return tries;
    });
    const [first, second] = await Promise.allSettled([once.get(), once.get()]);
    expect([first, second]).toMatchObject([{ reason: { message: "not yet" } }, { reason: { message: "not yet" } }]);
    expect(once.made).toBeUndefined();
    expect(await once.get()).toBe(2);
    expect(await once.get()).toBe(2);
  });
});
