import { memberOf } from "@leader/graph";
import type * as S3 from "@aws-sdk/client-s3";
import { errors } from "../error-codes.js";
import type { Storage, StoredFile } from "./storage.js";

/** Files that one request may remove. */
const mostRemoved = 1000;

/**
 * A bucket of S3, or of what speaks as it does. Region, keys and the address of another service come from where the AWS SDK looks for them:
 * `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_ENDPOINT_URL`, profiles, roles.
 */
export class S3Storage implements Storage {
  readonly #sdk: typeof S3;
  readonly #client: S3.S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  private constructor(sdk: typeof S3, client: S3.S3Client, bucket: string, prefix: string) {
    this.#sdk = sdk;
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
  }

  /** Errors: `S3_MISSING`. */
  static async open(bucket: string, prefix: string): Promise<S3Storage> {
    const sdk = await import("@aws-sdk/client-s3").catch((cause: unknown) => {
      throw errors.S3_MISSING({}, { cause });
    });
    const elsewhere = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];
    const client = new sdk.S3Client({
      // Names of buckets as names of hosts are what AWS has; others need not.
      forcePathStyle: elsewhere !== undefined,
      // Checksums behind a body are not understood by all that speak S3.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    });
    return new S3Storage(sdk, client, bucket, prefix);
  }

  async write(name: string, bytes: Uint8Array): Promise<void> {
    const command = new this.#sdk.PutObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + name, Body: bytes });
    await this.#coded("write", name, () => this.#client.send(command));
  }

  async read(name: string): Promise<Uint8Array | undefined> {
    const command = new this.#sdk.GetObjectCommand({ Bucket: this.#bucket, Key: this.#prefix + name });
    return await this.#coded("read", name, async () => {
      try {
        return await (await this.#client.send(command)).Body?.transformToByteArray();
      } catch (error) {
        if (memberOf(error, "name") === "NoSuchKey") return undefined;
        throw error;
      }
    });
  }

  async remove(names: readonly string[]): Promise<void> {
    for (let at = 0; at < names.length; at += mostRemoved) {
      const objects = names.slice(at, at + mostRemoved).map((name) => ({ Key: this.#prefix + name }));
      const command = new this.#sdk.DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects: objects, Quiet: true } });
      await this.#coded("remove", names[at]!, () => this.#client.send(command));
    }
  }

  async *list(): AsyncGenerator<StoredFile> {
    let token: string | undefined;
    do {
      const command = new this.#sdk.ListObjectsV2Command({ Bucket: this.#bucket, Prefix: this.#prefix, ContinuationToken: token });
      const page = await this.#coded("list", this.#prefix, () => this.#client.send(command));
      for (const { Key: key, LastModified: modified } of page.Contents ?? [])
        if (key !== undefined) yield { name: key.slice(this.#prefix.length), written: modified?.getTime() ?? 0 };
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  async #coded<T>(what: string, name: string, body: () => Promise<T>): Promise<T> {
    try {
      return await body();
    } catch (cause) {
      throw errors.STORAGE(
        { what, name: `s3://${this.#bucket}/${name}`, problem: cause instanceof Error ? cause.message : String(cause) },
        { cause },
      );
    }
  }
}
