import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import { TensorProto_DataLocation, TensorProtoSchema } from "onnx-buf";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { isLeaderError } from "../src/errors.js";
import { externalDataReader, tensorFromProto } from "../src/onnx/index.js";

// A network file names its weight files itself. Runtimes have followed hard links out of the folder, so the check is ours.
describe("weights beside the file", () => {
  let outside = "";
  let folder = "";
  beforeAll(() => {
    outside = mkdtempSync(join(tmpdir(), "leader-weights-"));
    folder = join(outside, "model");
    mkdirSync(join(folder, "sub"), { recursive: true });
    writeFileSync(join(outside, "secret"), Float32Array.of(7, 7));
    writeFileSync(join(folder, "w.bin"), Float32Array.of(1, 2, 3));
    writeFileSync(join(folder, "sub", "w.bin"), Float32Array.of(4, 5));
    symlinkSync(join(outside, "secret"), join(folder, "symbolic"));
    symlinkSync(outside, join(folder, "folder"));
    linkSync(join(outside, "secret"), join(folder, "hard"));
    execFileSync("mkfifo", [join(folder, "pipe")]);
  });
  afterAll(() => {
    rmSync(outside, { recursive: true, force: true });
  });

  const tensor = (location: string, extra: Readonly<Record<string, string>> = {}, elements = 2): readonly number[] => {
    const externalData = Object.entries({ location, ...extra }).map(([key, value]) => ({ key, value }));
    const proto = create(TensorProtoSchema, {
      name: "w",
      dims: [BigInt(elements)],
      dataType: 1,
      dataLocation: TensorProto_DataLocation.EXTERNAL,
      externalData,
    });
    return [...tensorFromProto(proto, { file: "net.onnx", externalData: externalDataReader(folder, "net.onnx") }).data];
  };
  const codeOf = (body: () => unknown): string | undefined => {
    try {
      body();
    } catch (error) {
      if (isLeaderError(error)) return error.code;
      throw error;
    }
    return undefined;
  };

  it("are read by offset and length, also from a folder below", () => {
    expect(tensor("w.bin", { offset: "4", length: "8" })).toEqual([2, 3]);
    expect(tensor("./sub/w.bin")).toEqual([4, 5]);
  });

  it.each<readonly [string, () => unknown]>([
    ["..", () => tensor("../secret")],
    [".. in the middle", () => tensor("sub/../../secret")],
    [".. with backslashes", () => tensor("..\\secret")],
    ["an absolute path", () => tensor(join(outside, "secret"))],
    ["a drive letter", () => tensor("C:\\secret")],
    ["a network path", () => tensor("\\\\server\\share")],
    ["no path", () => tensor("")],
    ["the folder itself", () => tensor(".")],
    ["a zero byte", () => tensor("w.bin\u0000.txt")],
    ["a symbolic link", () => tensor("symbolic")],
    ["a symbolic link on the way", () => tensor("folder/secret")],
    ["a hard link", () => tensor("hard")],
    ["a pipe", () => tensor("pipe")],
    ["a folder", () => tensor("sub")],
    ["a missing file", () => tensor("nowhere")],
    ["data past the end", () => tensor("w.bin", {}, 4)],
    ["an offset past the end", () => tensor("w.bin", { offset: "1099511627776" })],
    ["a negative offset", () => tensor("w.bin", { offset: "-4" })],
    ["a length that is not the tensor's", () => tensor("w.bin", { length: "4" })],
    ["a length that is no number", () => tensor("w.bin", { length: "many" })],
  ])("%s is refused", (_, body) => {
    expect(codeOf(body)).toBe("LEADER_ONNX_EXTERNAL_DATA");
  });
});
