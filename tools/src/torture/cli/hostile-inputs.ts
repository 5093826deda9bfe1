import { mkdir, open, writeFile } from "node:fs/promises";
import { deflateRawSync } from "node:zlib";
import sharp from "sharp";
import { chain, doubling } from "../onnx-growth.js";
import { runCli } from "./run-cli.js";
import { writePng, type WorkFolder } from "./work-folder.js";

/** Makes an input in a folder. */
type Maker = (folder: WorkFolder, name: string) => Promise<unknown>;

const uniform = 'scheduler: { use: "leader#uniform", with: { steps: 2 } }';
const pipeline = (more: string, operator = "@leader/operators#denoising"): string => `apiVersion: leader/v1
operator: { use: "${operator}" }
baseline: { use: "@leader/baseline-ddnm#ddnm" }
${uniform}
${more}
`;
const gaussian = 'denoiser: { use: "leader#gaussian" }';
const byNetwork = (name: string): string => pipeline(`denoiser: { use: "leader#onnx-file", with: { path: ${name}.onnx } }`);

const bench = (images: string, network: string): string => `apiVersion: leader-bench/v1
title: hostile
images: { path: ${images}, size: 8 }
common: { denoiser: ${network} }
tasks: { d: { operator: { use: "@leader/operators#denoising" } } }
methods: { m: { baseline: { use: "@leader/baseline-ddnm#ddnm" }, ${uniform} } }
metrics: [{ use: psnr }]
`;

const text =
  (content: string): Maker =>
  async (folder, name) =>
    await writeFile(folder.at(name), content);

/** One kilobyte, `mebibytes` x 1024 times. */
const repeated =
  (mebibytes: number, head: string, kilobyte: string, tail: string): Maker =>
  async (folder, name) => {
    await using file = await open(folder.at(name), "w");
    await file.write(head);
    const block = kilobyte.repeat(1024);
    for (let i = 0; i < mebibytes; i++) await file.write(block);
    await file.write(tail);
  };

const padded = (line: string): string => line.padEnd(1023) + "\n";

const blank: Maker = async (folder, name) =>
  await sharp({ create: { width: 9999, height: 9999, channels: 3, background: "#7f7f7f" } })
    .png()
    .toFile(folder.at(name));

/** A zip of one file that unpacks to a hundred times as much. */
function zipOf(name: string, content: Uint8Array): Uint8Array {
  const packed = deflateRawSync(content);
  const entry = Buffer.alloc(30);
  entry.writeUInt32LE(0x04034b50, 0);
  entry.writeUInt16LE(8, 8);
  entry.writeUInt32LE(packed.length, 18);
  entry.writeUInt32LE(content.length, 22);
  entry.writeUInt16LE(name.length, 26);
  const listed = Buffer.alloc(46);
  listed.writeUInt32LE(0x02014b50, 0);
  listed.writeUInt16LE(8, 10);
  listed.writeUInt32LE(packed.length, 20);
  listed.writeUInt32LE(content.length, 24);
  listed.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + name.length, 12);
  end.writeUInt32LE(30 + name.length + packed.length, 16);
  return Buffer.concat([entry, Buffer.from(name), packed, listed, Buffer.from(name), end]);
}

const manyFiles =
  (count: number): Maker =>
  async (folder, name) => {
    await mkdir(folder.at(name));
    for (let i = 0; i < count; i++) await (await open(folder.at(`${name}/p${i}.png`), "w")).close();
    await writePng(folder.at(`${name}/a.png`), 8, 1);
  };

/** A header of 64 MiB, which the format allows. */
const safetensors: Maker = async (folder, name) => {
  const [lines, line] = [2 ** 16, (i: number): string => `"t${i}":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}`.padEnd(1023)];
  const header = Buffer.from(`{${Array.from({ length: lines }, (_, i) => line(i)).join(",")}}`);
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  await writeFile(folder.at(name), Buffer.concat([size, header, Buffer.alloc(4)]));
};

/** The runs of a restoration, with a report of which one file is large. */
const runs: Maker = async (folder, name) => {
  await runCli(["restore", "-p", "p.yaml", "in", "-o", "reported", "--report", name], { cwd: folder.path });
  await repeated(64, "{", padded(" "), "}")(folder, `${name}/p0/run.json`);
};

/** By their names; each is made where a command needs it. */
export const hostileInputs: Readonly<Record<string, Maker>> = {
  "long.yaml": text(pipeline(`${gaussian}\nnotes: [${"a, ".repeat(340_000)}a]`)),
  "questions.yaml": text(`${pipeline(gaussian)}${"?".repeat(18_000)}`),
  "alias.yaml": text(`${pipeline(gaussian)}notes: &a [*a]\n`),
  "kernel.yaml": text(pipeline(gaussian).replace('#denoising"', `#blur", with: { kernel: [[${"0.1, ".repeat(4800)}0.1]] }`)),
  "nodes.onnx": async (folder, name) => await writeFile(folder.at(name), chain(300_000, "Relu")),
  "nodes.yaml": text(byNetwork("nodes")),
  "wide.onnx": async (folder, name) => await writeFile(folder.at(name), chain(20_000, "Relu")),
  "wide.yaml": text(byNetwork("wide")),
  "folds.onnx": async (folder, name) => await writeFile(folder.at(name), doubling(27)),
  "folds.yaml": text(byNetwork("folds")),
  "blocks.yaml": text(pipeline(gaussian, "./blocks.js#x")),
  "blocks.js": text("for (;;);"),
  "huge.png": blank,
  "huge.onnx": repeated(512, "\x08\x07", padded(" "), ""),
  many: manyFiles(20_000),
  journal: async (folder, name) => {
    await mkdir(folder.at(name));
    const line = `{"key":"${"0".repeat(64)}","output":"p.png"}`;
    await repeated(64, "", padded(line), "")(folder, `${name}/.leader-journal.jsonl`);
  },
  "long-line": async (folder, name) => {
    await mkdir(folder.at(name));
    await repeated(256, "", "x".repeat(1024), "")(folder, `${name}/.leader-journal.jsonl`);
  },
  array: async (folder, name) => {
    await mkdir(folder.at(name));
    await repeated(768, "no array", padded(" "), "")(folder, `${name}/a.npy`);
  },
  "leader.lock": repeated(64, '{"lockVersion": 1, "pipelines": {}', padded(" "), "}"),
  "record.png": async (folder, name) => await writePng(folder.at(name), 8, 1),
  "record.png.json": repeated(64, "{", padded(" "), "}"),
  "bomb.npz": async (folder, name) => await writeFile(folder.at(name), zipOf("lin0.npy", new Uint8Array(480 * 2 ** 20))),
  "weights.safetensors": safetensors,
  runs,
  "huge-bench.yaml": text(bench("huge.png", '{ use: "leader#gaussian" }')),
  "folds-bench.yaml": text(bench("in", '{ use: "leader#onnx-file", with: { path: folds.onnx } }')),
  "long-bench.yaml": text(`${bench("in", '{ use: "leader#gaussian" }')}notes: [${"a, ".repeat(340_000)}a]\n`),
  keys: repeated(1, "", `${"k".repeat(31)}\n`.repeat(32), ""),
  plugin: async (folder, name) => {
    await mkdir(folder.at(name));
    const manifest = { name: "leader-plugin-x", version: "1.0.0", type: "module", exports: { ".": { default: "./index.js" } } };
    await repeated(32, JSON.stringify(manifest).slice(0, -1), padded(" "), "}")(folder, `${name}/package.json`);
    await writeFile(folder.at(`${name}/index.js`), "for (;;);");
  },
};
