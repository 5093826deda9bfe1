import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { TensorProto_DataLocation, TensorProto_DataType, TensorProtoSchema } from "onnx-buf";
import { HostileReader } from "../hostile-reader.js";
import { model, node } from "../onnx-bytes.js";
import type { TortureList } from "../torture-list.js";

interface Place {
  readonly location: string;
  readonly offset?: string;
  readonly length?: string;
  /** The one that must be read: without it a reader that refuses everything would pass. */
  readonly honest?: true;
}

/** A file that the honest path finds, and things that no path of a network may reach. */
function makeFolder(): string {
  const outside = mkdtempSync(join(tmpdir(), "leader-weight-paths-"));
  const folder = join(outside, "model");
  mkdirSync(join(folder, "sub"), { recursive: true });
  for (const path of [join(outside, "secret"), join(folder, "w.bin")]) writeFileSync(path, Float32Array.of(1, 2));
  symlinkSync(join(outside, "secret"), join(folder, "final"));
  symlinkSync("w.bin", join(folder, "inside"));
  symlinkSync(outside, join(folder, "parent"));
  symlinkSync("/dev/zero", join(folder, "zero"));
  linkSync(join(outside, "secret"), join(folder, "hard"));
  execFileSync("mkfifo", [join(folder, "pipe")]);
  return outside;
}

const places = (outside: string): readonly Place[] => [
  { location: "w.bin", honest: true },
  ...[
    "../secret",
    "sub/../../secret",
    "..\\secret",
    join(outside, "secret"),
    "C:\\secret",
    "\\\\server\\share\\secret",
    "/dev/zero",
    "/proc/self/environ",
    "zero",
    "final",
    "inside",
    "parent/secret",
    "hard",
    "pipe",
    "sub",
    "w.bin\u0000.txt",
  ].map((location) => ({ location })),
  { location: "w.bin", offset: "4" },
  { location: "w.bin", offset: "-4" },
  { location: "w.bin", length: String(2 ** 40) },
  { location: "w.bin", offset: "18446744073709551608", length: "16" },
];

function networkWith({ location, offset, length }: Place): Uint8Array {
  const externalData = Object.entries({ location, offset, length }).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value }],
  );
  const weight = create(TensorProtoSchema, {
    name: "w",
    dims: [2n, 1n, 1n, 1n],
    dataType: TensorProto_DataType.FLOAT,
    dataLocation: TensorProto_DataLocation.EXTERNAL,
    externalData,
  });
  return model({ nodes: [node("Conv", ["x", "w"], "y")], weights: [weight], shape: [1, 1, 8, 8] });
}

/** Networks that name files of weights which are not theirs. */
export function weightPaths(): TortureList<Place> {
  const outside = makeFolder();
  const reader = new HostileReader();
  const all = places(outside);
  return {
    name: "weight-paths",
    promise: "a network that names weights outside its folder, or what is no plain file, is refused before anything of it is read",
    cases: { quick: all.length, full: all.length },
    examples: all,
    generator: fc.constantFrom(...all),
    async check(place) {
      const outcome = await reader.outcome("networkIn", { bytes: networkWith(place), folder: join(outside, "model") });
      if ((outcome === "read") !== (place.honest === true)) throw new Error(`${JSON.stringify(place)} was ${outcome}`);
      return outcome;
    },
    async close() {
      await reader.close();
      rmSync(outside, { recursive: true, force: true });
    },
  };
}
