import { expect, it } from "vitest";
import type { UpdateRule } from "../src/contract/baseline.js";
import { linearOperator } from "../src/linear/linear-operator.js";
import { gridScheduler, grid, image, sample, stages } from "./sampler-fixture.js";

const known = Float32Array.from({ length: 60 }, (_, i) => (i % 3 === 0 ? 0 : 1));
const operator = linearOperator({
  name: "every-third-missing",
  domain: image,
  // What a part of a picture does not see whole is not 0 in its measurement, so that no stage may rely on it.
  apply: (x) => x.mul(x.trace.constant({ shape: image.shape, dtype: "float32", data: known })),
  measured: { shape: image.shape, dtype: "float32", data: known },
});

/** Moves against all of y - A x0, and by its norm, as rules with a normalised step do. */
const guided: UpdateRule = {
  init: (ctx) => ({ x: ctx.noise("init", image), state: {} }),
  step(ctx, { y, prior, to }, state) {
    const residual = y.sub(ctx.operator.apply(prior.x0));
    const norm = residual.square().sum().sqrt().add(1);
    return { x: prior.x0.add(residual.div(norm)).mul(to.sqrtAlphaBar), state };
  },
};

it("shows no stage what fills a measurement where nothing was measured", async () => {
  const parts = stages({ operator, baseline: guided, scheduler: { ...gridScheduler(grid), observes: ["misfit"] } });
  const run = (filling: number) =>
    sample(parts, { y: { shape: image.shape, dtype: "float32", data: known.map((one, i) => (one === 1 ? Math.sin(i) : filling)) } });
  const [empty, filled] = [await run(0), await run(7)];
  expect(filled.x.data).toEqual(empty.x.data);
  expect(filled.steps.map(({ observed }) => observed["misfit"])).toEqual(empty.steps.map(({ observed }) => observed["misfit"]));
  expect(empty.steps[0]!.observed["misfit"]).toBeGreaterThan(0);
});
