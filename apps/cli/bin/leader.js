#!/usr/bin/env node
import { isShortage, tellShortage } from "../dist/shortage.js";

try {
  // One after the other: the working process is on its way before the command line is loaded.
  await import("../dist/ahead.js");
  await import("../dist/run.js");
} catch (error) {
  // The program itself is many files.
  if (!isShortage(error)) throw error;
  process.exit(tellShortage(error));
}
