import { describePlugin } from "@leader/core/testing";
import manifest from "../package.json" with { type: "json" };
import plugin from "./plugin.js";

describePlugin(plugin, manifest, { load: () => import("./plugin.js"), options: { checkpoint: { path: "network.pt" } } });
