import { expect, test } from "vitest";
import { emptyFilm, mostFrames, shownFrames, withFrame, type Film } from "../src/run/film.js";
import { reportOf } from "../src/api/views.js";
import { afterEvent, idle, roughly, spokenLine, statusLine, type RunState } from "../src/run/run-state.js";

const frame = (step: number) => ({ step, width: 2, height: 2, image: `data:${step}` });
const filmOf = (steps: number): Film =>
  Array.from({ length: steps }, (_, i) => i).reduce((film, step) => withFrame(film, frame(step)), emptyFilm);

test.each([1, 12, 13, 20, 100, 1000])("a film of %i steps keeps few frames, evenly spread, with the first and the newest", (steps) => {
  const shown = shownFrames(filmOf(steps)).map(({ step }) => step);
  expect(shown.length).toBeLessThanOrEqual(mostFrames + 1);
  expect(shown.length).toBeGreaterThanOrEqual(Math.min(steps, mostFrames / 2));
  expect([shown[0], shown.at(-1)]).toEqual([0, steps - 1]);
  const gaps = new Set(shown.slice(1, -1).map((step, i) => step - shown[i]!));
  expect(gaps.size).toBeLessThanOrEqual(1);
});

test("a frame that comes again, when the stream is opened again, is not kept twice", () => {
  const film = filmOf(3);
  expect(withFrame(film, frame(2))).toBe(film);
});

const view = (state: string, more: object = {}): string =>
  JSON.stringify({ id: "x", state, result: { width: 4, height: 3 }, links: { uncertainty: "/u" }, ...more });
const following: RunState = { ...idle, phase: "following" };

test("events change what is known, and nothing else does", () => {
  let state = afterEvent(following, { event: "progress", data: '{"fraction":0.5}' });
  expect(state).toEqual(following);
  state = afterEvent({ ...state, lost: true }, { event: "state", data: view("running") });
  expect(state).toMatchObject({ lost: false, restoration: { state: "running", width: 4, height: 3, uncertainty: true } });
  state = afterEvent(state, { event: "progress", data: '{"fraction":0.5,"etaSeconds":3,"step":5,"maxSteps":10,"evaluations":5}' });
  expect(statusLine(state)).toBe("Step 5 of 10");
  state = afterEvent(state, { event: "preview", data: JSON.stringify(frame(5)) });
  expect(state.film.latest?.image).toBe("data:5");
  expect(afterEvent(state, { event: "state", data: view("failed", { error: { code: "LEADER_X", message: "m" } }) })).toMatchObject({
    restoration: { error: { code: "LEADER_X" } },
  });
});

test("steps are gathered from the progress; a part or a try that begins anew takes their place", () => {
  const told = (state: RunState, ...steps: readonly object[]): RunState =>
    afterEvent(state, { event: "progress", data: JSON.stringify({ fraction: 0.1, steps }) });
  const step = (number: number, sigma: number) => ({ step: number, sigma, evaluations: number + 1 });
  let state = told(afterEvent(following, { event: "state", data: view("running") }), step(0, 9), step(1, 3));
  state = told(told(state), { ...step(2, 1), uncertainty: 0.5 });
  expect(state.trace).toEqual([step(0, 9), step(1, 3), { ...step(2, 1), uncertainty: 0.5 }]);
  // All of it again, when the stream is opened again; then the end of one part and the beginning of the next.
  state = told(state, step(0, 9), step(1, 3), step(2, 1));
  expect(state.trace.map(({ step: number }) => number)).toEqual([0, 1, 2]);
  expect(told(state, step(3, 0.5), step(0, 8)).trace).toEqual([step(0, 8)]);
});

test("what is said aloud changes every quarter of the way, not every step", () => {
  const said = Array.from({ length: 100 }, (_, i) => {
    const state = afterEvent(following, { event: "state", data: view("running") });
    return spokenLine(afterEvent(state, { event: "progress", data: JSON.stringify({ fraction: i / 100, step: i, maxSteps: 100 }) }));
  });
  expect([...new Set(said)]).toEqual(["Restoring", "25 percent", "50 percent", "75 percent"]);
  expect(spokenLine({ ...following, lost: true })).toContain("trying again");
});

test.each([
  [0.2, "less than 1 s"],
  [12.4, "about 12 s"],
  [200, "about 3 min"],
])("%d seconds are %s", (seconds, text) => expect(roughly(seconds)).toBe(text));

test("a report has one number of even noise, and two of noise that grows", () => {
  expect(reportOf({ noise: 0.1 }).noise).toEqual([0.1]);
  expect(reportOf({ noise: { black: 0.02, white: 0.1 } }).noise).toEqual([0.02, 0.1]);
  expect(reportOf({ noise: { black: 0.02 } }).noise).toBeUndefined();
});
