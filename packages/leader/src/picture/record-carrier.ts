import { deflateSync, inflateSync } from "node:zlib";
import type { PictureFormat } from "./formats.js";
import type { PictureMetadata } from "./picture.js";

/**
 * How a picture carries the record of what made it: PNG in a text chunk of its own, the other formats as one property of their XMP packet.
 * It is compressed, so that it takes about a kilobyte.
 */

/** Keyword of the text chunk. */
export const recordKeyword = "leader-record";

const open = `<rdf:Description rdf:about="" xmlns:leader="https://github.com/leader-restore/leader/ns/record/1/"><leader:record>`;
const close = "</leader:record></rdf:Description>";
const [before, after] = [
  `<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">`,
  `</rdf:RDF></x:xmpmeta><?xpacket end="w"?>`,
];
const end = "</rdf:RDF>";

/** Bytes of a packet that libvips still writes into a JPEG file; it leaves a longer one out without a word. */
const jpegSegment = 60_000;
/** Longer records are not read. */
const longestRecord = 2 ** 22;

/** A record, compressed. */
export const packRecord = (record: string): Uint8Array => deflateSync(record, { level: 9 });

/** The record again; undefined for what is none. */
export function unpackRecord(packed: Uint8Array): string | undefined {
  try {
    return inflateSync(packed, { maxOutputLength: longestRecord }).toString("utf8");
  } catch {
    return undefined;
  }
}

/** True if a file of this format takes the record beside the other metadata; else it is to be kept in a file of its own. */
export function carriesRecord(format: PictureFormat, { xmp, record }: PictureMetadata): boolean {
  if (format === "png" || record === undefined) return true;
  const packet = xmpWithRecord(xmp, record);
  return packet !== undefined && (format !== "jpeg" || packet.length < jpegSegment);
}

/** The XMP packet with the record in it; undefined if there is no place in the packet. */
export function xmpWithRecord(xmp: Uint8Array | undefined, record: string): Uint8Array | undefined {
  const property = `${open}${Buffer.from(packRecord(record)).toString("base64")}${close}`;
  if (xmp === undefined) return Buffer.from(`${before}${property}${after}`);
  const packet = Buffer.from(xmp).toString("utf8");
  const at = packet.lastIndexOf(end);
  return at < 0 ? undefined : Buffer.from(`${packet.slice(0, at)}${property}${packet.slice(at)}`);
}

/** The record in an XMP packet. */
export function recordInXmp(xmp: Uint8Array): string | undefined {
  const packet = Buffer.from(xmp).toString("utf8");
  const at = packet.indexOf("<leader:record>");
  if (at < 0) return undefined;
  const start = at + "<leader:record>".length;
  return unpackRecord(Buffer.from(packet.slice(start, packet.indexOf("<", start)), "base64"));
}

/** The packet that a picture had before a record was put into it; undefined if it had none. A record tells of one file only. */
export function xmpWithoutRecord(xmp: Uint8Array): Uint8Array | undefined {
  const packet = Buffer.from(xmp).toString("utf8");
  const at = packet.indexOf(open);
  if (at < 0) return xmp;
  const rest = `${packet.slice(0, at)}${packet.slice(packet.indexOf(close, at) + close.length)}`;
  return rest === `${before}${after}` ? undefined : Buffer.from(rest);
}
