#!/usr/bin/env node
// Makes the HEIC files of this folder from shapes drawn here: `node make.mjs`, with `heif-enc` of libheif 1.15 and its x265 encoder
// (Debian 12: apt-get install --no-install-recommends libheif-examples).
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";

const here = fileURLToPath(new URL(".", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "leader-heic-"));

/** @param {string} ground what lies behind the shapes @param {number} [width] */
const shapes = (ground, width = 64) =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="48"><rect width="64" height="48" fill="${ground}"/>` +
        '<rect x="4" y="4" width="24" height="16" fill="#e02020"/><circle cx="46" cy="16" r="11" fill="#20c040"/>' +
        '<polygon points="8,44 28,26 44,44" fill="#f0e020"/></svg>',
    ),
  );

/** @param {string} name @param {readonly string[]} args */
const encode = (name, ...args) => {
  execFileSync("heif-enc", ["-q", "95", "-p", "chroma=444", ...args, "-o", join(here, name)], { cwd: folder, stdio: "ignore" });
  return readFileSync(join(here, name));
};

await shapes("#6080a0").removeAlpha().png().toFile(join(here, "shapes.png"));
await shapes("none").png().toFile(join(here, "alpha.png"));
await shapes("#6080a0", 40).removeAlpha().png().toFile(join(folder, "narrow.png"));
await shapes("#6080a0").removeAlpha().toColourspace("rgb16").png().toFile(join(folder, "deep.png"));
await shapes("#6080a0")
  .removeAlpha()
  .withMetadata({ icc: "p3", orientation: 6, exif: { IFD0: { ImageDescription: "shapes" } } })
  .jpeg({ quality: 100, chromaSubsampling: "4:4:4" })
  .toFile(join(folder, "phone.jpg"));

encode("shapes.heic", join(here, "shapes.png"));
encode("alpha.heic", join(here, "alpha.png"));
encode("premultiplied.heic", "--premultiplied-alpha", join(here, "alpha.png"));
writeFileSync(join(here, "deep.heic"), withProperty(encode("deep.heic", "-b", "10", "deep.png"), colours(9, 16, 9)));
writeFileSync(join(here, "phone.heic"), withProperty(encode("phone.heic", "phone.jpg"), box("irot", 3)));
writeFileSync(join(here, "two.heic"), secondFirst(encode("two.heic", "narrow.png", join(here, "shapes.png"))));

/** @param {string} type @param {readonly number[]} content */
function box(type, ...content) {
  return Buffer.from([0, 0, 0, content.length + 8, ...Buffer.from(type), ...content]);
}

/** What the samples stand for, by their numbers in ITU-T H.273. @param {readonly number[]} numbers primaries, transfer, matrix */
function colours(...numbers) {
  return box("colr", ...Buffer.from("nclx"), ...numbers.flatMap((number) => [0, number]), 0x80);
}

/** Where a box of this type has its content. @param {Buffer} file @param {string} type */
function contentOf(file, type) {
  const at = file.indexOf(type, "latin1");
  if (at < 0) throw new Error(`there is no ${type}`);
  return at + 4;
}

/** The file with its second picture as the main one. @param {Buffer} file */
function secondFirst(file) {
  // The encoder makes two items of each picture: its tile, and the grid that cuts the tile to size.
  file.writeUInt16BE(4, contentOf(file, "pitm") + 4);
  return file;
}

/** The file with one more property of its main picture. @param {Buffer} file @param {Buffer} property */
function withProperty(file, property) {
  const [meta, iprp, ipco] = [contentOf(file, "meta"), contentOf(file, "iprp"), contentOf(file, "ipco")];
  const [ipma, iloc, pitm] = [contentOf(file, "ipma"), contentOf(file, "iloc"), contentOf(file, "pitm")];
  const main = file.readUInt16BE(pitm + 4);
  const ipcoEnd = ipco - 8 + file.readUInt32BE(ipco - 8);
  let properties = 0;
  for (let at = ipco; at < ipcoEnd; at += file.readUInt32BE(at)) properties++;
  // Behind version, flags and the count of items, for each: its number, how many properties it has, and one byte for each of these.
  let count = ipma + 8 + 2;
  while (file.readUInt16BE(count - 2) !== main) count += 3 + file.readUInt8(count);
  for (const at of [meta, iprp]) file.writeUInt32BE(file.readUInt32BE(at - 8) + property.length + 1, at - 8);
  file.writeUInt32BE(file.readUInt32BE(ipco - 8) + property.length, ipco - 8);
  file.writeUInt32BE(file.readUInt32BE(ipma - 8) + 1, ipma - 8);
  const end = count + 1 + file.readUInt8(count);
  file.writeUInt8(file.readUInt8(count) + 1, count);
  moveItems(file, iloc, property.length + 1);
  // Essential, and the last of the properties.
  const association = Buffer.from([0x80 | (properties + 1)]);
  return Buffer.concat([file.subarray(0, ipcoEnd), property, file.subarray(ipcoEnd, end), association, file.subarray(end)]);
}

/** Moves where the data of items lie that lie in the file (others are in its directory). @param {Buffer} file @param {number} iloc @param {number} by */
function moveItems(file, iloc, by) {
  if (file[iloc] !== 1 || file[iloc + 4] !== 0x44) throw new Error("another form of places was expected");
  const baseSize = file.readUInt8(iloc + 5) >> 4;
  let at = iloc + 8;
  for (let left = file.readUInt16BE(iloc + 6); left > 0; left--) {
    const inFile = (file.readUInt8(at + 3) & 15) === 0;
    at += 6 + baseSize + 2;
    for (let extents = file.readUInt16BE(at - 2); extents > 0; extents--, at += 8) {
      if (inFile) file.writeUInt32BE(file.readUInt32BE(at) + by, at);
    }
  }
}
