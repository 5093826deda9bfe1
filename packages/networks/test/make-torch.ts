import { PickleWriter, writeTensor } from "./make-pickle.js";
import { makeZip } from "./make-zip.js";
import type { Arr } from "./restated/arrays.js";

/** A checkpoint of the zip layout. */
export function torchFile(entries: ReadonlyMap<string, Arr>): Uint8Array<ArrayBuffer> {
  const writer = new PickleWriter().protocol();
  const storages = [...entries].map(([name, { shape, data }], i) => ({
    name,
    shape,
    key: String(i),
    bytes: new Uint8Array(Float32Array.from(data).buffer),
    elements: data.length,
    type: "FloatStorage",
  }));
  writer
    .dict(
      storages.map((storage) => [storage.name, (w) => writeTensor(w, { storage, shape: storage.shape })]),
      true,
    )
    .stop();
  return makeZip(
    [{ name: "archive/data.pkl", bytes: writer.result }, ...storages.map(({ key, bytes }) => ({ name: `archive/data/${key}`, bytes }))],
    { align: 64, open: true },
  );
}
