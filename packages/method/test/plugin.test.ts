import { readFileSync } from "node:fs";
import { describePlugin } from "@leader/core/testing";
import plugin from "../src/plugin.js";

type Manifest = Parameters<typeof describePlugin>[1];
const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Manifest;

describePlugin(plugin, manifest, {
  load: () => import("../src/plugin.js"),
  options: { "onnx-file": { path: "prior.onnx" }, fixed: { steps: [10, 5, 0] } },
});
