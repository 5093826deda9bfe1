import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Fingerprints } from "./fingerprint.js";

/** SHA-256 of the text `abc`, from the standard. */
const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

let root = "";
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "leader-fingerprint-"));
  mkdirSync(join(root, "nets"));
  for (const name of ["a.onnx", "nets/b.onnx", "plain", "x#y.onnx"]) writeFileSync(join(root, name), "abc");
});
afterAll(() => rmSync(root, { recursive: true }));

it("names a file by its content, wherever it lies", async () => {
  const prints = new Fingerprints(root);
  expect(await prints.of({ path: "./a.onnx" })).toEqual({ path: `sha256:${abc}` });
  expect(await prints.of(["nets/b.onnx", join(root, "a.onnx")])).toEqual([`sha256:${abc}`, `sha256:${abc}`]);
  expect(await prints.file(join(root, "a.onnx"))).toBe(abc);
});

it("leaves what is no file as it is, at every depth", async () => {
  const value = { use: "leader#onnx-file", with: { text: "no.such.file", folder: "./nets", steps: 3, none: null, list: [true, "x"] } };
  expect(await new Fingerprints(root).of(value)).toEqual(value);
});

it("takes a word for an option and a reference for a reference, though files are called so", async () => {
  expect(await new Fingerprints(root).of(["plain", "x#y.onnx"])).toEqual(["plain", "x#y.onnx"]);
  expect(await new Fingerprints(root).of("./plain")).toBe(`sha256:${abc}`);
});

it("changes with the content, and reads a file once", async () => {
  const prints = new Fingerprints(root);
  const path = "changing.bin";
  writeFileSync(join(root, path), "abc");
  const first = await prints.of(path);
  writeFileSync(join(root, path), "abd");
  expect(await prints.of(path)).toBe(first);
  expect(await new Fingerprints(root).of(path)).not.toBe(first);
});

it("says why a file cannot be read", async () => {
  await expect(new Fingerprints(root).file(join(root, "nowhere.png"))).rejects.toMatchObject({ code: "ENOENT" });
});
