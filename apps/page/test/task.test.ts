import { expect, test } from "vitest";
import { failureOf } from "../src/api/failure.js";
import { aboutOf } from "../src/api/views.js";
import { refusalOf } from "../src/picture/chosen-picture.js";
import { pictureKinds, pictureTypes } from "../src/picture/picture-types.js";
import { firstDraft, requestOf } from "../src/task/draft.js";
import { initialTaskForm, qualitiesOf, type TaskForm } from "../src/task/tasks.js";

const file = new File(["12345"], "photo.png");
const sent = (form: TaskForm, seed = "", uncertainty = false): object =>
  Object.fromEntries(requestOf(file, { ...firstDraft, task: form, extras: { seed, uncertainty } }));

test("a form sends what its task takes and what is filled in, and no more", () => {
  const values = { noise: " auto ", gaussian: "2", invertMask: "true" } as const;
  const mask = new File(["m"], "mask.png");
  const common = { quality: "normal", previewEvery: "1", picture: expect.any(File) as File };
  const form: TaskForm = { ...initialTaskForm, values, files: { mask } };
  expect(sent({ ...form, values: {} })).toEqual({ task: "upscale", factor: "2", ...common });
  expect(sent(form, " 7 ", true)).toEqual({ task: "upscale", factor: "2", noise: "auto", seed: "7", uncertainty: "true", ...common });
  expect(sent({ ...form, task: "deblur" })).toEqual({ task: "deblur", gaussian: "2", noise: "auto", ...common });
  expect(sent({ ...form, task: "inpaint" })).toEqual({ task: "inpaint", mask: expect.any(File) as File, invertMask: "true", ...common });
  expect(sent({ ...form, task: "colorize" })).toEqual({ task: "colorize", ...common });
});

test("a pipeline is sent with its files, and says its own seed", () => {
  const mask = new File(["m"], "mask.png");
  const draft = { ...firstDraft, mode: "pipeline", uploads: new Map([["holes", mask]]), extras: { seed: "7", uncertainty: true } } as const;
  expect([...requestOf(file, draft).keys()]).toEqual(["pipeline", "holes", "previewEvery", "uncertainty", "picture"]);
  const withParams = requestOf(file, { ...draft, params: { factor: 2, method: "bicubic", noisy: false } });
  expect(withParams.getAll("param")).toEqual(["factor=2", "method=bicubic", "noisy=false"]);
});

test("a picture that the service would refuse is refused before it is sent", () => {
  const about = { bytes: 10, pixels: 100 };
  const shown = { url: "", width: 10, height: 10 };
  expect(refusalOf({ file, shown }, about)).toBeUndefined();
  expect(refusalOf({ file }, { ...about, bytes: 4 })?.message).toContain("takes 4 bytes");
  expect(refusalOf({ file, shown: { ...shown, width: 11 } }, about)).toMatchObject({ field: "picture" });
  expect(refusalOf({ file: new File([], "empty.png") }, about)?.message).toContain("empty");
});

test("a failure is read from the service's form, with the field that it is about, and from nothing else", () => {
  expect(failureOf({ status: 422, code: "LEADER_SERVER_FIELD", message: "`factor`: too big", hint: "h" }, 422)).toEqual({
    status: 422,
    code: "LEADER_SERVER_FIELD",
    message: "`factor`: too big",
    hint: "h",
    problems: [],
    field: "factor",
  });
  expect(failureOf({ code: "LEADER_SERVER_NOT_A_PICTURE", message: "m" }, 422).field).toBe("picture");
  expect(
    failureOf({ code: "LEADER_CONFIG", message: "m", diagnostics: [{ path: "a.b", message: "n", line: 2, column: 3 }, 7] }, 422).problems,
  ).toEqual([{ message: "n", hint: "", path: "a.b", line: 2, column: 3 }]);
  expect(failureOf("<html>", 502)).toMatchObject({ status: 502, code: "HTTP 502" });
});

test("what qualities take is what the service says, and nothing as long as it has not", () => {
  const about = aboutOf({ qualities: { denoise: { draft: "1 step", normal: 4 }, upscale: "many" } });
  expect(qualitiesOf("denoise", about)).toEqual([
    { value: "draft", title: "Draft", summary: "1 step" },
    { value: "normal", title: "Normal" },
    { value: "best", title: "Best" },
  ]);
  for (const unsaid of [qualitiesOf("upscale", about), qualitiesOf("denoise", undefined), qualitiesOf("denoise", aboutOf({}))])
    expect(unsaid.every((choice) => !("summary" in choice))).toBe(true);
});

test("HEIC is asked for only where the service reads it: phones make JPEG of it otherwise", () => {
  const [with_, without] = [aboutOf({ pictures: [".png", ".heic"] }), aboutOf({ pictures: [".png"] })];
  expect([pictureTypes(with_), pictureTypes(without), pictureTypes(undefined)]).toEqual([
    "image/*,.png,.heic,.npy",
    "image/*,.png,.npy",
    "image/*,.npy",
  ]);
  expect([pictureKinds(with_), pictureKinds(without)].map((text) => text.includes("HEIC"))).toEqual([true, false]);
});
