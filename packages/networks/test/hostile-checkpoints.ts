import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeZip, type TestEntry, type ZipOptions } from "./make-zip.js";
import { PickleWriter, streamFile, writeTensor, type TestStorage } from "./make-pickle.js";

/** What the checkpoints would write if they were run. */
export const canary = join(tmpdir(), `leader-hostile-canary-${process.pid}`);

type Write = (writer: PickleWriter) => unknown;
const storage: TestStorage = {
  key: "0",
  type: "FloatStorage",
  elements: 6,
  bytes: new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer),
};
const pickled = (object: Write, protocol = 2): Uint8Array<ArrayBuffer> => {
  const writer = new PickleWriter().protocol(protocol);
  object(writer);
  return writer.stop().result;
};
const good: Write = (w) => w.dict([["w", (i) => writeTensor(i, { storage, shape: [2, 3] })]]);
const entriesOf = (pickle: Uint8Array, more: readonly TestEntry[] = []): TestEntry[] => [
  { name: "a/data.pkl", bytes: pickle },
  { name: "a/data/0", bytes: storage.bytes },
  ...more,
];
const zip = (object: Write, options: ZipOptions = {}): Uint8Array<ArrayBuffer> => makeZip(entriesOf(pickled(object)), options);

/** Things that run something when Python unpickles them. */
const callables: readonly (readonly [module: string, name: string])[] = [
  ["os", "system"],
  ["posix", "system"],
  ["nt", "system"],
  ["subprocess", "Popen"],
  ["subprocess", "check_output"],
  ["builtins", "eval"],
  ["builtins", "exec"],
  ["builtins", "compile"],
  ["builtins", "__import__"],
  ["builtins", "getattr"],
  ["builtins", "open"],
  ["__builtin__", "eval"],
  ["__builtin__", "apply"],
  ["importlib", "import_module"],
  ["pkgutil", "resolve_name"],
  ["runpy", "run_path"],
  ["code", "interact"],
  ["pty", "spawn"],
  ["pickle", "loads"],
  ["_pickle", "loads"],
  ["torch", "load"],
  ["torch.jit", "load"],
  ["torch.hub", "load"],
  ["torch.storage", "_load_from_bytes"],
  ["torch._utils", "_import_dotted_name"],
  ["torch._utils", "_rebuild_qtensor"],
  ["torch.utils.data.datapipes.utils.decoder", "basichandlers"],
  ["numpy", "load"],
  ["numpy.testing._private.utils", "runstring"],
  ["timeit", "timeit"],
  ["socket", "socket"],
  ["webbrowser", "open"],
  ["shutil", "rmtree"],
  ["ctypes", "CDLL"],
  ["asyncio.unix_events", "_UnixSubprocessTransport._start"],
  ["operator", "attrgetter"],
  ["operator", "methodcaller"],
  ["functools", "partial"],
  ["types", "FunctionType"],
  ["marshal", "loads"],
  ["collections", "OrderedDict.__init__"],
  ["collections", "defaultdict"],
  ["collections OrderedDict", ""],
  ["torch", "FloatStorage.__reduce__"],
  ["torch", "Tensor"],
  ["torch.nn.modules.linear", "Linear"],
  ["copyreg", "_reconstructor"],
  ["copy_reg", "_reconstructor"],
];

/** Checkpoints that must be refused, by what is wrong with them. */
export const hostile: [string, () => Uint8Array<ArrayBuffer>][] = [];
const add = (name: string, make: () => Uint8Array<ArrayBuffer>): void => void hostile.push([name, make]);

const command = (w: PickleWriter): unknown => w.text(`touch ${canary}`);
for (const [module, name] of callables) {
  const call: Write = (w) => w.global(module, name).tuple(command).reduce();
  add(`GLOBAL ${module}.${name}, called, zip`, () => zip(call));
  add(`GLOBAL ${module}.${name}, called, stream`, () => streamFile(call, []));
  add(`STACK_GLOBAL ${module}.${name} beside weights`, () =>
    makeZip(
      entriesOf(
        pickled(
          (w) =>
            w.dict([
              ["w", (i) => writeTensor(i, { storage, shape: [2, 3] })],
              ["x", (i) => i.shortText(module).shortText(name).bytes(0x93).tuple(command).reduce()],
            ]),
          4,
        ),
      ),
    ),
  );
}
/** Opcodes that are not needed, each in front of a good object. */
const opcodes: Readonly<Record<string, Write>> = {
  INST: (w) => w.mark().text("touch").bytes(0x69).raw(Buffer.from("os\nsystem\n")),
  OBJ: (w) => w.mark().global("torch", "Size").text("x").bytes(0x6f),
  NEWOBJ_EX: (w) => w.global("collections", "OrderedDict").bytes(0x29).emptyDict().bytes(0x92),
  EXT1: (w) => w.bytes(0x82, 1),
  EXT2: (w) => w.bytes(0x83, 1, 0),
  EXT4: (w) => w.bytes(0x84, 1, 0, 0, 0),
  PERSID: (w) => w.bytes(0x50).raw(Buffer.from("storage\n")),
  INT: (w) => w.bytes(0x49).raw(Buffer.from("1\n")),
  LONG4: (w) => w.bytes(0x8b).uint32(0x7fffffff),
  STRING: (w) => w.bytes(0x53).raw(Buffer.from("'x'\n")),
  UNICODE: (w) => w.bytes(0x56).raw(Buffer.from("x\n")),
  DICT: (w) => w.mark().bytes(0x64),
  LIST: (w) => w.mark().bytes(0x6c),
  POP: (w) => w.none().bytes(0x30),
  POP_MARK: (w) => w.mark().none().bytes(0x31),
  DUP: (w) => w.none().bytes(0x32),
  BYTEARRAY8: (w) => w.bytes(0x96).uint32(1).uint32(0).bytes(0),
  NEXT_BUFFER: (w) => w.bytes(0x97),
  "an opcode that does not exist": (w) => w.bytes(0xff),
};
for (const [name, write] of Object.entries(opcodes))
  add(`opcode ${name}`, () =>
    zip((w) => {
      write(w);
      good(w);
    }),
  );

const bad: Readonly<Record<string, Write>> = {
  "NEWOBJ of a function": (w) => w.global("torch._utils", "_rebuild_tensor_v2").bytes(0x29, 0x81),
  "NEWOBJ with arguments": (w) => w.global("collections", "OrderedDict").tuple(command).bytes(0x81),
  "BUILD on a list": (w) => w.bytes(0x5d).emptyDict().bytes(0x62),
  "BUILD on a name": (w) => w.global("torch", "FloatStorage").emptyDict().bytes(0x62),
  "REDUCE of a text": (w) => w.text("os.system").tuple(command).reduce(),
  "REDUCE of the result of a call": (w) => w.orderedDict().tuple(command).reduce(),
  "REDUCE with no tuple": (w) => w.global("collections", "OrderedDict").none().reduce(),
  "calling a storage": (w) =>
    w
      .global("torch", "FloatStorage")
      .tuple((i) => i.int(9))
      .reduce(),
  "calling argparse.Namespace": (w) => w.global("argparse", "Namespace").bytes(0x29).reduce(),
  "a memo that is not there": (w) => w.bytes(0x68, 7),
  "a memo number of four bytes": (w) => w.none().bytes(0x72).uint32(0xfffffff0),
  "a list that is not one": (w) => w.none().int(1).bytes(0x61),
  "SETITEM on a tuple": (w) => w.bytes(0x29).text("a").int(1).bytes(0x73),
  "a key without a value": (w) => w.emptyDict().mark().text("a").bytes(0x75),
  "a key that is a list": (w) => w.emptyDict().mark().bytes(0x5d).int(1).bytes(0x75),
  "no mark": (w) => w.bytes(0x74),
  "an empty stack": (w) => w.bytes(0x85),
  "two values at the end": (w) => {
    good(w);
    good(w);
  },
  "a text longer than the file": (w) => w.bytes(0x58).uint32(0x7fffffff),
  "bytes longer than the file": (w) => w.bytes(0x8e).uint32(0xffffffff).uint32(0x7fffffff),
  "a frame longer than the file": (w) => w.bytes(0x95).uint32(0xffffffff).uint32(0),
  "a text that is no UTF-8": (w) => w.bytes(0x58).uint32(2).bytes(0xc0, 0xaf),
  "an integer of 255 bytes": (w) => w.bytes(0x8a, 255).raw(new Uint8Array(255)),
  "a name without an end": (w) => w.bytes(0x63).raw(new Uint8Array(4000).fill(0x61)),
  "a name across lines": (w) => w.global("torch\nos", "system"),
  "protocol 0": (w) => w.bytes(0x80, 0),
  "protocol 9": (w) => w.bytes(0x80, 9),
  "a persistent id that is a text": (w) => w.text("0").bytes(0x51),
  "a persistent id of another kind": (w) =>
    w
      .tuple(
        (i) => i.text("module"),
        (i) => i.text("os"),
      )
      .bytes(0x51),
  "no dictionary": (w) => w.int(1),
  "a list of itself": (w) => w.bytes(0x5d, 0x71, 0, 0x68, 0, 0x61),
  "a dictionary of itself": (w) => w.emptyDict().bytes(0x71, 0).text("model").bytes(0x68, 0, 0x73),
};
for (const [name, write] of Object.entries(bad)) add(name, () => zip(write));

const tensor =
  (part: Partial<Parameters<typeof writeTensor>[1]>): Write =>
  (w) =>
    w.dict([["w", (i) => writeTensor(i, { storage, shape: [2, 3], ...part })]]);
const views: Readonly<Record<string, Write>> = {
  "a view past its storage": tensor({ shape: [2, 4] }),
  "a view that begins past its storage": tensor({ offset: 1 }),
  "a negative offset": tensor({ offset: -1 }),
  "a negative stride": tensor({ strides: [3, -1] }),
  "a negative size": tensor({ shape: [-2, 3], strides: [3, 1] }),
  "a stride of 0 that makes much of little": tensor({ shape: [0x7fffffff, 6], strides: [0, 1] }),
  "sizes whose product overflows": tensor({ shape: [0x7fffffff, 0x7fffffff, 0x7fffffff], strides: [0, 0, 0] }),
  "more strides than sizes": tensor({ strides: [3, 1, 1] }),
  "an axis too many": tensor({ shape: [1, 1, 1, 1, 1, 1, 1, 1, 6], strides: [6, 6, 6, 6, 6, 6, 6, 6, 1] }),
  "a storage that is not in the archive": tensor({ storage: { ...storage, key: "7" } }),
  "a storage of another size": tensor({ storage: { ...storage, elements: 5 } }),
  "a storage of 2^31 elements": tensor({ storage: { ...storage, elements: 0x7fffffff } }),
  "a storage with a path for a key": tensor({ storage: { ...storage, key: "../../../etc/passwd" } }),
  "a storage of a type that is none": tensor({ storage: { ...storage, type: "OrderedDict" } }),
};
for (const [name, write] of Object.entries(views)) add(name, () => zip(write));

const weights = pickled(good);
const zips: Readonly<Record<string, () => Uint8Array<ArrayBuffer>>> = {
  "a wrong checksum of the pickle": () => makeZip(entriesOf(weights).map((entry, i) => (i === 0 ? { ...entry, crc: 1 } : entry))),
  "a compressed pickle": () => makeZip(entriesOf(weights).map((entry, i) => (i === 0 ? { ...entry, deflate: true } : entry))),
  "an encrypted entry": () => makeZip(entriesOf(weights).map((entry) => ({ ...entry, flags: 1 }))),
  "a method that does not exist": () => makeZip(entriesOf(weights).map((entry) => ({ ...entry, method: 99 }))),
  "two entries of a name": () => makeZip([...entriesOf(weights), { name: "a/data.pkl", bytes: weights }]),
  "two pickles": () => makeZip([...entriesOf(weights), { name: "b/data.pkl", bytes: weights }]),
  "no pickle": () => makeZip([{ name: "a/data/0", bytes: storage.bytes }]),
  "a local header with another name": () =>
    makeZip(entriesOf(weights).map((entry, i) => (i === 0 ? { ...entry, localName: "a/data.pkx" } : entry))),
  "sizes that disagree": () => makeZip(entriesOf(weights).map((entry, i) => (i === 1 ? { ...entry, size: 25 } : entry))),
  "entries that overlap": () => makeZip(entriesOf(weights).map((entry, i) => (i === 1 ? { ...entry, offset: 0 } : entry))),
  "an entry outside": () => makeZip(entriesOf(weights).map((entry, i) => (i === 1 ? { ...entry, offset: 0x7ffffff0 } : entry))),
  "something before the archive": () => makeZip(entriesOf(weights), { prefix: new Uint8Array(64).fill(0x50) }),
  "something behind the archive": () =>
    makeZip(entriesOf(weights), { suffix: pickled((w) => w.global("os", "system").tuple(command).reduce()) }),
  "a comment": () => makeZip(entriesOf(weights), { comment: "PK\u0005\u0006 another archive" }),
  "a big-endian file": () => makeZip(entriesOf(weights, [{ name: "a/byteorder", bytes: Buffer.from("big") }])),
  "something behind the pickle": () => makeZip(entriesOf(new Uint8Array([...weights, ...weights]))),
  "a name with a zero": () => makeZip([{ name: "a\0/data.pkl", bytes: weights }]),
  "an npz of Python objects": () => makeZip([{ name: "w.npy", bytes: npy("|O", "(6,)", storage.bytes) }]),
  "an npz of the wrong size": () => makeZip([{ name: "w.npy", bytes: npy("<f4", "(7,)", storage.bytes) }]),
  "an npz whose sizes overflow": () =>
    makeZip([{ name: "w.npy", bytes: npy("<f4", "(4194305, 4194305, 211106198978564)", storage.bytes) }]),
  "an npz bomb": () => makeZip([{ name: "w.npy", bytes: npy("<f4", "(4194304,)", new Uint8Array(2 ** 24)), deflate: true }]),
  "an npz bomb that states a small size": () =>
    makeZip([{ name: "w.npy", bytes: npy("<f4", "(262144,)", new Uint8Array(2 ** 20)), deflate: true, size: 200 }]),
  "a stream file cut in its storage": () =>
    streamFile((w) => w.dict([["w", (i) => writeTensor(i, { storage, shape: [2, 3] }, true)]]), [storage]).slice(0, -1),
  "a stream file with more behind": () =>
    new Uint8Array([...streamFile((w) => w.dict([["w", (i) => writeTensor(i, { storage, shape: [2, 3] }, true)]]), [storage]), 0]),
  "a stream file with a storage too few": () =>
    streamFile((w) => w.dict([["w", (i) => writeTensor(i, { storage, shape: [2, 3] }, true)]]), []),
  "a stream file with another count": () =>
    streamFile((w) => w.dict([["w", (i) => writeTensor(i, { storage, shape: [2, 3] }, true)]]), [{ ...storage, elements: 7 }]),
  "an EDM pickle that calls": () => pickled((w) => w.dict([["ema", (i) => i.global("os", "system").tuple(command).reduce()]]), 4),
  "an EDM pickle with a nested file that calls": () =>
    pickled(
      (w) =>
        w
          .global("torch.storage", "_load_from_bytes")
          .tuple((i) => i.binary(streamFile((n) => n.global("os", "system").tuple(command).reduce(), [])))
          .reduce(),
      4,
    ),
  "a million memo entries that lists repeat": () =>
    zip((w) => {
      w.bytes(0x5d, 0x71, 0);
      for (let i = 0; i < 60; i++)
        w.bytes(0x5d)
          .mark()
          .bytes(0x68, i, 0x68, i, 0x65, 0x71, i + 1);
    }),
  "two million marks": () => makeZip(entriesOf(new Uint8Array([0x80, 2, ...new Uint8Array(2_000_000).fill(0x28), 0x2e]))),
  "two million nested tuples": () => makeZip(entriesOf(new Uint8Array([0x80, 2, 0x29, ...new Uint8Array(2_000_000).fill(0x85), 0x2e]))),
};
function npy(type: string, shape: string, data: Uint8Array): Uint8Array {
  const header = Buffer.from(`{'descr': '${type}', 'fortran_order': False, 'shape': ${shape}, }\n`);
  return Buffer.concat([Buffer.from("\x93NUMPY\x01\x00", "latin1"), Buffer.from([header.length & 255, header.length >> 8]), header, data]);
}
for (const [name, make] of Object.entries(zips)) add(name, make);
for (let i = 1; i <= 12; i++) add(`cut after ${i}/13`, () => zip(good).slice(0, Math.floor((zip(good).length * i) / 13)));
