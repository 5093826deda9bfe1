#!/usr/bin/env node
// One after the other: the working process is on its way before the command line is loaded.
await import("../dist/ahead.js");
await import("../dist/run.js");
