/** A HEIF file whose samples come before what tells of them, in a box whose size has 64 bits and which is filled up to 100 000 bytes. */
export function samplesFirst(file: Buffer): Buffer {
  const sizeOf = (at: number): number => file.readUInt32BE(at);
  const metaAt = sizeOf(0);
  const dataAt = metaAt + sizeOf(metaAt);
  if (file.toString("latin1", dataAt + 4, dataAt + 8) !== "mdat") throw new Error("not of ftyp, meta and mdat");
  const samples = Buffer.alloc(100_000);
  file.copy(samples, 0, dataAt + 8);
  const head = Buffer.alloc(16);
  head.writeUInt32BE(1);
  head.write("mdat", 4, "latin1");
  head.writeBigUInt64BE(BigInt(samples.length + 16), 8);
  const meta = Buffer.from(file.subarray(metaAt, dataAt));
  moveItems(meta, metaAt + 16 - (dataAt + 8));
  return Buffer.concat([file.subarray(0, metaAt), head, samples, meta]);
}

/** Adds to the places of items in the file: the form that libheif writes, with one stretch each and 32 bits. ISO/IEC 14496-12, 8.11.3. */
function moveItems(meta: Buffer, by: number): void {
  const at = meta.indexOf("iloc") + 4;
  const methods = meta[at] === 1;
  for (let i = 0, item = at + 8; i < meta.readUInt16BE(at + 6); i++, item += methods ? 20 : 18) {
    const base = item + (methods ? 6 : 4);
    const inFile = !methods || meta.readUInt16BE(item + 2) === 0;
    if (inFile) meta.writeUInt32BE(meta.readUInt32BE(base) + by, base);
  }
}
