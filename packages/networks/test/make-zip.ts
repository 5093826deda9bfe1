import { crc32, deflateRawSync } from "node:zlib";

export interface TestEntry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  readonly crc?: number;
  readonly localName?: string;
  readonly method?: number;
  readonly flags?: number;
  readonly size?: number;
  readonly offset?: number;
}

export interface ZipOptions {
  /** Pads the extra field so that data begins at a multiple of this, as PyTorch does. */
  readonly align?: number;
  /** Sizes of local headers are 0 and stand behind the data, as PyTorch writes them. */
  readonly open?: boolean;
  readonly prefix?: Uint8Array;
  readonly suffix?: Uint8Array;
  readonly comment?: string;
}

function header(size: number, fields: readonly (readonly [at: number, bytes: 2 | 4, value: number])[]): Buffer {
  const buffer = Buffer.alloc(size);
  for (const [at, bytes, value] of fields) buffer.writeUIntLE(value, at, bytes);
  return buffer;
}

/** A zip archive of stored entries, with every way to lie that a test needs. */
export function makeZip(entries: readonly TestEntry[], options: ZipOptions = {}): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [options.prefix ?? new Uint8Array(0)];
  const central: Buffer[] = [];
  let at = parts[0]!.length;
  for (const entry of entries) {
    const packed = entry.deflate === true ? deflateRawSync(entry.bytes) : entry.bytes;
    const method = entry.method ?? (entry.deflate === true ? 8 : 0);
    const flags = entry.flags ?? (options.open === true ? 0x808 : 0);
    const crc = entry.crc ?? crc32(entry.bytes);
    const [localName, name] = [Buffer.from(entry.localName ?? entry.name), Buffer.from(entry.name)];
    const plain = at + 30 + localName.length;
    const extra = options.align === undefined ? 0 : ((options.align - ((plain + 4) % options.align)) % options.align) + 4;
    const size = entry.size ?? entry.bytes.length;
    const open = options.open === true;
    parts.push(
      header(30, [
        [0, 4, 0x04034b50],
        [6, 2, flags],
        [8, 2, method],
        [14, 4, open ? 0 : crc],
        [18, 4, open ? 0 : packed.length],
        [22, 4, open ? 0 : size],
        [26, 2, localName.length],
        [28, 2, extra],
      ]),
      localName,
      extra === 0
        ? new Uint8Array(0)
        : Buffer.concat([
            header(4, [
              [0, 2, 0x4246],
              [2, 2, extra - 4],
            ]),
            Buffer.alloc(extra - 4, 0x5a),
          ]),
      packed,
      open
        ? header(16, [
            [0, 4, 0x08074b50],
            [4, 4, crc],
            [8, 4, packed.length],
            [12, 4, size],
          ])
        : new Uint8Array(0),
    );
    central.push(
      header(46, [
        [0, 4, 0x02014b50],
        [8, 2, flags],
        [10, 2, method],
        [16, 4, crc],
        [20, 4, packed.length],
        [24, 4, size],
        [28, 2, name.length],
        [42, 4, entry.offset ?? at],
      ]),
      name,
    );
    at = parts.reduce((sum, part) => sum + part.length, 0);
  }
  const directory = Buffer.concat(central);
  const comment = Buffer.from(options.comment ?? "");
  const end = header(22, [
    [0, 4, 0x06054b50],
    [8, 2, entries.length],
    [10, 2, entries.length],
    [12, 4, directory.length],
    [16, 4, at],
    [20, 2, comment.length],
  ]);
  return new Uint8Array(Buffer.concat([...parts, directory, end, comment, options.suffix ?? new Uint8Array(0)]));
}
