import { randomUUID } from "node:crypto";
import { resolve } from "node:path";
import { errors } from "../error-codes.js";
import { FolderStorage } from "./folder-storage.js";
import { S3Storage } from "./s3-storage.js";
import type { Storage } from "./storage.js";

/** Written and removed before work begins: a storage that cannot be written to is told at once. Its name is nobody else's. */
const probeName = (): string => `probe-${randomUUID()}/probe`;

/**
 * The storage at an address: a folder, or `s3://bucket/prefix`. Errors: `OPTION`, `S3_MISSING`; `STORAGE` if it cannot be written to.
 * A library for many kinds of storage (unstorage) was looked at: its folders are not written atomically, so that a full disk leaves halves.
 */
export async function openStorage(address: string): Promise<Storage> {
  const storage = await storageAt(address);
  const name = probeName();
  await storage.write(name, new Uint8Array(1));
  await storage.remove([name]);
  return storage;
}

async function storageAt(address: string): Promise<Storage> {
  if (!/^[a-z][a-z0-9+.-]+:\/\//u.test(address)) return new FolderStorage(resolve(address));
  const [, bucket, prefix = ""] = /^s3:\/\/([a-z0-9.-]{3,63})(?:\/(.*))?$/u.exec(address) ?? [];
  if (bucket === undefined) throw errors.OPTION({ problem: `\`storage\`: \`${address}\` is neither a folder nor s3://bucket/prefix` });
  return await S3Storage.open(bucket, prefix === "" || prefix.endsWith("/") ? prefix : `${prefix}/`);
}
