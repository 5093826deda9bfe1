// What a release publishes in place of onnxruntime-node: nothing of the original may be lost unseen, and nothing may run on installation.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { workspacePackages, workspaceRoot } from "../scripts/workspace-packages.mjs";
import { publishedDependencies } from "../src/packed/published-dependencies.js";
import { checkNotice } from "../src/runtime/notices.js";
import { repack } from "../src/runtime/repack.js";
import { checkIntegrity } from "../src/runtime/source.js";

const original = join(workspaceRoot, "node_modules/onnxruntime-node");
const manifest = JSON.parse(readFileSync(join(original, "package.json"), "utf8")) as Readonly<Record<string, unknown>>;
const native = "onnxruntime_binding.node";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "leader-runtime-test-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, text: string): void => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

/** The JavaScript of the installed package, with small files in place of its native libraries. */
function source(
  changes: Readonly<Record<string, unknown>> = {},
  binding = readFileSync(join(original, "dist/binding.js"), "utf8"),
): string {
  put("source/package.json", JSON.stringify({ ...manifest, ...changes }));
  put("source/dist/binding.js", binding);
  put("source/dist/index.js", "");
  put("source/lib/index.ts", "");
  put("source/script/install.js", "throw new Error()");
  put(`source/bin/napi-v6/linux/x64/${native}`, "elf libonnxruntime.so.1\0");
  put("source/bin/napi-v6/linux/x64/libonnxruntime.so.1", "library");
  put(`source/bin/napi-v6/darwin/arm64/${native}`, "macho @rpath/libonnxruntime.1.dylib\0");
  put("source/bin/napi-v6/darwin/arm64/libonnxruntime.1.dylib", "library");
  put("source/bin/napi-v6/darwin/arm64/libonnxruntime.1.30.0.dylib", "library");
  put("source/bin/napi-v6/darwin/arm64/other.dylib", "another");
  return join(folder, "source");
}

const read = (name: string): Readonly<Record<string, unknown>> =>
  JSON.parse(readFileSync(join(folder, "made", name, "package.json"), "utf8")) as Readonly<Record<string, unknown>>;

describe("the repacked runtime", () => {
  it("is a package for each system, and one that depends on them; none has a script, all have the notices", () => {
    const made = repack(source(), join(folder, "made"), { LICENSE: "MIT License" });
    expect(made.map(({ name }) => name)).toEqual([
      "@leader/onnxruntime-node-darwin-arm64",
      "@leader/onnxruntime-node-linux-x64",
      "@leader/onnxruntime-node",
    ]);
    for (const one of made) {
      const its = JSON.parse(readFileSync(join(one.folder, "package.json"), "utf8")) as Readonly<Record<string, unknown>>;
      expect(its).toMatchObject({ name: one.name, version: manifest["version"], license: "MIT", author: manifest["author"] });
      expect(its).not.toHaveProperty("scripts");
      expect(readFileSync(join(one.folder, "LICENSE"), "utf8")).toBe("MIT License");
    }
    expect(read("@leader+onnxruntime-node-linux-x64")).toMatchObject({ os: ["linux"], cpu: ["x64"], libc: ["glibc"] });
    expect(read("@leader+onnxruntime-node-darwin-arm64")).not.toHaveProperty("libc");
    expect(read("@leader+onnxruntime-node")).toMatchObject({
      dependencies: { "onnxruntime-common": manifest["version"] },
      optionalDependencies: { "@leader/onnxruntime-node-linux-x64": manifest["version"] },
    });
    expect(Object.keys(read("@leader+onnxruntime-node")["dependencies"] as object)).toEqual(["onnxruntime-common"]);
  });

  it("finds its library in the package of the system, and leaves out copies that nothing loads", () => {
    repack(source(), join(folder, "made"), {});
    const binding = readFileSync(join(folder, "made/@leader+onnxruntime-node/dist/binding.js"), "utf8");
    expect(binding).toContain("require(`@leader/onnxruntime-node-${process.platform}-${process.arch}/onnxruntime_binding.node`)");
    expect(binding).not.toContain("napi-v6");
    const files = readdirSync(join(folder, "made/@leader+onnxruntime-node-darwin-arm64"));
    expect(files).toEqual(["README.md", "libonnxruntime.1.dylib", native, "other.dylib", "package.json"]);
  });

  it("is refused where the original has changed", () => {
    const made = join(folder, "made");
    expect(() => repack(source({ dependencies: { "onnxruntime-common": "2.0.0", surprise: "1.0.0" } }), made, {})).toThrow("surprise");
    expect(() => repack(source({ license: "UNLICENSED" }), made, {})).toThrow("MIT");
    expect(() => repack(source({}, "module.exports = load()"), made, {})).toThrow("in another way");
  });
});

it("checks what comes from the registry against the lock file, and notices against what they must say", () => {
  const bytes = Buffer.from("abc");
  const integrity = "sha512-3a81oZNherrMQXNJriBBMRLm+k6JqX6iCp7u5ktV05ohkpkqJ0/BqDa6PCOj/uu9RU1EI2Q86A4qmslPpUyknw==";
  expect(() => checkIntegrity(bytes, integrity, "x.tgz")).not.toThrow();
  expect(() => checkIntegrity(Buffer.from("abd"), integrity, "x.tgz")).toThrow("x.tgz is not what package-lock.json names");
  expect(() => checkNotice("LICENSE", "404: Not Found")).toThrow("Microsoft Corporation");
});

it("every published package that imports onnxruntime-node gets it without an install script", () => {
  const published = workspacePackages().filter(({ manifest: one }) => one.private !== true);
  const concerned = published.filter(({ manifest: one }) => one.dependencies?.["onnxruntime-node"] !== undefined);
  expect(concerned.map(({ folder: at }) => at)).toEqual(["packages/backends/onnx"]);
  for (const { folder: at, manifest: one } of concerned) {
    expect(publishedDependencies(one.dependencies!)["onnxruntime-node"]).toBe(
      `npm:@leader/onnxruntime-node@${one.dependencies!["onnxruntime-node"]}`,
    );
    // What nx publishes is the folder where that was done.
    const { nx } = JSON.parse(readFileSync(join(workspaceRoot, at, "package.json"), "utf8")) as {
      readonly nx: { readonly targets: Readonly<Record<string, { readonly [field: string]: unknown; readonly command?: string }>> };
    };
    expect(nx.targets["nx-release-publish"]?.executor).toBe("@nx/js:release-publish");
    expect(nx.targets["nx-release-publish"]?.dependsOn).toContain("with-published-runtime");
    expect(nx.targets["with-published-runtime"]?.command).toContain("runtime/stage.js");
  }
});
