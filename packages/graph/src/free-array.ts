import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Of fewer bytes an array lies among the objects of the engine, where nothing is gained. */
const leastBytes = 64 * 1024;

type Transfer = (this: ArrayBuffer, length: number) => ArrayBuffer;

const flag = "harmony-rab-gsab-transfer";

/** `ArrayBuffer.prototype.transfer`, which Node has from version 22 on, and 20 behind a flag that counts where a context is made. */
function findTransfer(): Transfer | undefined {
  const known: unknown = Reflect.get(ArrayBuffer.prototype, "transfer");
  if (isTransfer(known)) return known;
  setFlagsFromString(`--${flag}`);
  const made: unknown = runInNewContext("ArrayBuffer.prototype.transfer");
  setFlagsFromString(`--no-${flag}`);
  return isTransfer(made) ? made : undefined;
}

const isTransfer = (value: unknown): value is Transfer => typeof value === "function";

let found: { readonly transfer: Transfer | undefined } | undefined;

/**
 * Gives the memory of an array back at once, where the engine can, for what is made next. Left to the collection of garbage it would lie there while
 * many more arrays touch new memory, and on some machines that takes longer than to compute what is written there. Afterwards the array is empty.
 * Small arrays are left alone.
 * @param array the only one on its memory.
 */
export function freeArray(array: ArrayBufferView): void {
  if (array.byteLength < leastBytes || !(array.buffer instanceof ArrayBuffer)) return;
  found ??= { transfer: findTransfer() };
  found.transfer?.call(array.buffer, 0);
}
