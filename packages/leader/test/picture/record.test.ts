import type { HostTensor } from "@leader/graph";
import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { carriesRecord, decodePicture, encodePicture, recordTextIn, resultPicture, type PictureFormat } from "../../src/index.js";

const image: HostTensor = { shape: [1, 3, 4, 6], dtype: "float32", data: Float32Array.from({ length: 72 }, (_, i) => Math.sin(i)) };
const record = `{"format":"leader-record/1","note":"ü & <\\"${"x".repeat(3000)}"}`;
const formats: readonly PictureFormat[] = ["png", "jpeg", "webp", "tiff", "avif"];
const packet = (rest: string): Uint8Array =>
  Buffer.from(
    `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">${rest}</rdf:RDF></x:xmpmeta>`,
  );
const rated = packet('<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="4"/>');

describe.each(formats)("a record in %s", (format) => {
  it("is carried, leaves samples and XMP as they are, and goes no further", async () => {
    const [plain, carrying] = [
      await encodePicture(format, image, { metadata: { xmp: rated } }),
      await encodePicture(format, image, { metadata: { xmp: rated, record } }),
    ];
    expect(await recordTextIn(plain, "plain")).toBeUndefined();
    expect(await recordTextIn(carrying, "carrying")).toBe(record);
    const [without, read] = [await decodePicture(plain, "plain"), await decodePicture(carrying, "carrying")];
    expect(read.tensor.data).toEqual(without.tensor.data);
    expect(Buffer.from(read.metadata.xmp!).toString()).toBe(Buffer.from(without.metadata.xmp!).toString());
    expect(Buffer.from(read.metadata.xmp!).toString()).toContain('xmp:Rating="4"');
    // What is made of this picture is another result.
    const next = resultPicture(image, read);
    expect(await recordTextIn(await encodePicture(format, next.tensor, next.options), "next")).toBeUndefined();
  });

  it("needs no XMP of the source", async () => {
    const bytes = await encodePicture(format, image, { metadata: { record } });
    expect(await recordTextIn(bytes, "bytes")).toBe(record);
    expect((await decodePicture(bytes, "bytes")).metadata.xmp).toBeUndefined();
    // Other programs still find a well-formed picture.
    expect((await sharp(bytes).stats()).channels).toHaveLength(3);
  });
});

it("is left out where it has no place beside the XMP of the source, which is not lost for it", async () => {
  const long = packet(`<rdf:Description rdf:about="" xmlns:a="urn:a" a:b="${"y".repeat(59_700)}"/>`);
  expect(carriesRecord("jpeg", { xmp: long, record })).toBe(false);
  expect(carriesRecord("png", { xmp: long, record })).toBe(true);
  expect(carriesRecord("webp", { xmp: Buffer.from("no packet"), record })).toBe(false);
  const bytes = await encodePicture("jpeg", image, { metadata: { xmp: long, record } });
  expect(await recordTextIn(bytes, "bytes")).toBeUndefined();
  expect((await decodePicture(bytes, "bytes")).metadata.xmp?.length).toBe(long.length);
});
