/** Weights beside an ONNX file: opened only where they cannot lead anywhere else. */
import { defined } from "../records.js";
import { closeSync, constants, fstatSync, lstatSync, openSync, realpathSync, type Stats } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { errors } from "../error-codes.js";
import { storedFile, type StoredFile } from "../stored.js";
import type { ExternalData } from "./proto.js";

/** Absent on Windows, where the checks before and after the opening remain. */
const noFollow = "O_NOFOLLOW" in constants ? constants.O_NOFOLLOW : 0;

/**
 * Opens weight files under a folder, each once. A file may be a trap: it names its weights itself, so absolute paths, `..`, links (symbolic
 * or hard), devices and everything else that is not an ordinary file of the folder are refused.
 * @throws (the returned function) ONNX_EXTERNAL_DATA.
 */
export function externalDataReader(baseDirectory: string, fileName = "the ONNX file"): ExternalData {
  const opened = new Map<string, StoredFile>();
  return (path) => {
    const known = opened.get(path);
    if (known !== undefined) return known;
    const stored = openGuarded(baseDirectory, path, fileName);
    opened.set(path, stored);
    return stored;
  };
}

function openGuarded(base: string, path: string, file: string): StoredFile {
  const refuse = (reason: string, cause?: unknown): never => {
    throw errors.ONNX_EXTERNAL_DATA({ file, path, reason }, defined({ cause }));
  };
  const parts = relativeParts(path) ?? refuse("only paths below the ONNX file are opened");
  try {
    const real = realpathSync(base);
    return openBelow(real, blobOf(real, parts, file) ?? parts, refuse);
  } catch (cause) {
    if (cause instanceof Error && "syscall" in cause) return refuse(cause.message, cause);
    throw cause;
  }
}

/** The parts of a relative path that stays inside its folder, or undefined. Backslashes and drive letters count as Windows reads them. */
function relativeParts(path: string): readonly string[] | undefined {
  if (path === "" || path.includes("\u0000") || isAbsolute(path) || /^[A-Za-z]:|^[\\/]/.test(path)) return undefined;
  const parts = path.split(/[\\/]/).filter((part) => part !== "" && part !== ".");
  return parts.length === 0 || parts.includes("..") ? undefined : parts;
}

/**
 * Caches of the Hugging Face hub keep a file as a link into a folder of blobs. Where the ONNX file itself is such a link and that of the weights
 * leads into the same folder, the target is as much beside the model as a plain file would be. Undefined: no such pair.
 */
function blobOf(base: string, parts: readonly string[], file: string): readonly string[] | undefined {
  const [weights, model] = [join(base, ...parts), join(base, file)];
  const links = [weights, model].every((path) => lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true);
  if (!links) return undefined;
  const [target, folder] = [realpathSync(weights), dirname(realpathSync(model))];
  return dirname(target) === folder ? [relative(base, target)] : undefined;
}

function openBelow(base: string, parts: readonly string[], refuse: (reason: string) => never): StoredFile {
  parts.slice(0, -1).forEach((_, i) => {
    if (!lstatSync(join(base, ...parts.slice(0, i + 1))).isDirectory()) refuse("a folder on the way is a link or not a folder");
  });
  const full = join(base, ...parts);
  const before = lstatSync(full);
  checkFile(before, refuse);
  // O_NOFOLLOW and the comparison of inodes catch a file that is exchanged between the check and the opening.
  const handle = openSync(full, constants.O_RDONLY | noFollow);
  try {
    const now = fstatSync(handle);
    checkFile(now, refuse);
    if (now.ino !== before.ino || now.dev !== before.dev) refuse("the file was exchanged while it was opened");
  } finally {
    closeSync(handle);
  }
  // The stamp of this state of the file is compared with every reading.
  const stored = storedFile(full);
  const after = lstatSync(full);
  if (after.ino !== before.ino || after.dev !== before.dev) refuse("the file was exchanged while it was opened");
  return stored;
}

function checkFile(stats: Stats, refuse: (reason: string) => never): void {
  if (stats.isSymbolicLink()) refuse("the file is a symbolic link");
  if (!stats.isFile()) refuse("it is not an ordinary file");
  if (stats.nlink > 1) refuse("the file has a second name (hard link)");
}
