import { describe, expect, it } from "vitest";
import { firstLine, loadRuntime } from "./runtime.js";

describe("loadRuntime", () => {
  it("says what is missing and how to get it", async () => {
    const absent = Object.assign(new Error("Cannot find package 'onnxruntime-node'\nsecond line"), { code: "ERR_MODULE_NOT_FOUND" });
    await expect(loadRuntime(() => Promise.reject(absent))).rejects.toMatchObject({
      code: "LEADER_DEPENDENCY_MISSING",
      message: "@leader/backend-onnx cannot load onnxruntime-node: Cannot find package 'onnxruntime-node'",
      hint: expect.stringContaining("npm install --include=optional") as string,
      cause: absent,
    });
  });
});

describe("firstLine", () => {
  it("drops the source places of native code", () => {
    const native = "/onnxruntime_src/a/b.cc:136 ns::F(const X&)::<lambda()> status == OK was false. Failed to get an adapter: none\n\nmore";
    expect(firstLine(new Error(native))).toBe("Failed to get an adapter: none");
  });
});
