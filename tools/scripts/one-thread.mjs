// Lets the native code of one test process, and of the Node processes that it starts, take one processor.
// The test runner already has one process for each of them.
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";

os.availableParallelism = () => 1;
syncBuiltinESMExports();

const preload = `--import=${import.meta.url}`;
const options = process.env["NODE_OPTIONS"] ?? "";
if (!options.includes(preload)) process.env["NODE_OPTIONS"] = `${options} ${preload}`.trim();
