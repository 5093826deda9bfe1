import { PickleWriter, rowStrides, streamFile } from "./make-pickle.js";
import type { Arr } from "./restated/arrays.js";

type Write = (writer: EdmWriter) => unknown;

/** Opcodes of protocol 4, in which EDM's files are pickled. */
class EdmWriter extends PickleWriter {
  #memo = 0;

  memoize(): this {
    this.#memo++;
    return this.bytes(0x94);
  }
  word(value: string): this {
    return this.shortText(value).memoize();
  }
  named(module: string, name: string): this {
    return this.word(module).word(name).bytes(0x93).memoize();
  }
  call(module: string, name: string, ...args: readonly Write[]): this {
    return this.named(module, name)
      .tuple(...(args as readonly ((writer: this) => unknown)[]))
      .memoize()
      .reduce()
      .memoize();
  }
  entries(entries: readonly (readonly [string, Write])[]): this {
    this.emptyDict().memoize().mark();
    for (const [key, value] of entries) {
      this.word(key);
      value(this);
    }
    return this.bytes(0x75);
  }
}

/** A tensor as `torch.Tensor.__reduce__` gives it to an ordinary pickler: its storage is a file of the stream layout, in bytes. */
function tensor({ shape, data }: Arr): Write {
  const bytes = new Uint8Array(Float32Array.from(data).buffer);
  const storage = { key: "94", type: "FloatStorage", elements: data.length, bytes };
  const file = streamFile(
    (w) =>
      w
        .tuple(
          (i) => i.text("storage"),
          (i) => i.global("torch", storage.type),
          (i) => i.text(storage.key),
          (i) => i.text("cpu"),
          (i) => i.int(storage.elements),
          (i) => i.none(),
        )
        .bytes(0x51),
    [storage],
  );
  const sizes =
    (values: readonly number[]): Write =>
    (w) =>
      w.tuple(...values.map((n) => (i: PickleWriter) => i.int(n)));
  const none: Write = (w) => w.call("collections", "OrderedDict");
  return (w) =>
    w.call(
      "torch._utils",
      "_rebuild_tensor_v2",
      (i) => i.call("torch.storage", "_load_from_bytes", (b) => b.binary(file).memoize()),
      (i) => i.int(0),
      sizes(shape),
      sizes(rowStrides(shape)),
      (i) => i.bytes(0x89),
      none,
    );
}

/** Modules by name, and the tensors of this one. */
interface Tree {
  readonly tensors: Map<string, Arr>;
  readonly modules: Map<string, Tree>;
}

function treeOf(weights: ReadonlyMap<string, Arr>): Tree {
  const empty = (): Tree => ({ tensors: new Map(), modules: new Map() });
  const root = empty();
  for (const [key, value] of weights) {
    const parts = key.split(".");
    let at = root;
    for (const part of parts.slice(0, -1)) {
      const inner = at.modules.get(part) ?? empty();
      at.modules.set(part, inner);
      at = inner;
    }
    at.tensors.set(parts.at(-1)!, value);
  }
  return root;
}

const buffers: ReadonlySet<string> = new Set(["resample_filter", "freqs"]);

function stateOf(tree: Tree, init: readonly (readonly [string, Write])[]): Write {
  const parameter =
    (value: Arr): Write =>
    (w) =>
      w.call(
        "torch._utils",
        "_rebuild_parameter",
        tensor(value),
        (i) => i.bytes(0x88),
        (i) => i.call("collections", "OrderedDict"),
      );
  const entries = [...tree.tensors];
  const isBuffer = ([name]: readonly [string, Arr]): boolean => buffers.has(name);
  return (w) =>
    w.entries([
      ["training", (i) => i.bytes(0x89)],
      [
        "_parameters",
        (i) => i.entries([...entries.filter((e) => !isBuffer(e)).map(([k, v]) => [k, parameter(v)] as const), ["unused", (n) => n.none()]]),
      ],
      ["_buffers", (i) => i.entries(entries.filter(isBuffer).map(([k, v]) => [k, tensor(v)] as const))],
      ["_non_persistent_buffers_set", (i) => i.call("builtins", "set", (s) => s.bytes(0x5d))],
      ["_modules", (i) => i.entries([...tree.modules].map(([name, inner]) => [name, moduleOf(name, inner)] as const))],
      ["_init_kwargs", (i) => i.entries(init)],
    ]);
}

/** `enc` and `dec` are dictionaries of PyTorch, all else objects of classes that travel as text. */
function moduleOf(name: string, tree: Tree): Write {
  if (name !== "enc" && name !== "dec") return persistent("UNetBlock", tree, []);
  return (w) => {
    w.named("torch.nn.modules.container", "ModuleDict").bytes(0x29, 0x81).memoize();
    stateOf(tree, [])(w);
    w.bytes(0x62);
  };
}

const persistent =
  (className: string, tree: Tree, init: readonly (readonly [string, Write])[]): Write =>
  (w) =>
    w.call("torch_utils.persistence", "_reconstruct_persistent_obj", (i) =>
      i.entries([
        ["type", (e) => e.word("class")],
        ["version", (e) => e.int(6)],
        ["module_src", (e) => e.text('import os\nos.system("true")\n').memoize()],
        ["class_name", (e) => e.word(className)],
        ["state", stateOf(tree, init)],
      ]),
    );

/** A file as EDM's training writes it: `{ema: network, loss_fn, augment_pipe, dataset_kwargs}`. */
export function edmPickle(
  className: string,
  weights: ReadonlyMap<string, Arr>,
  init: Readonly<Record<string, number>> = {},
): Uint8Array<ArrayBuffer> {
  const writer = new EdmWriter().protocol(4);
  const kwargs = Object.entries(init).map(([key, value]) => [key, (w: EdmWriter) => w.int(value)] as const);
  writer
    .entries([
      ["ema", persistent(className, treeOf(weights), kwargs)],
      ["loss_fn", (w) => w.none()],
      ["augment_pipe", (w) => w.none()],
      ["dataset_kwargs", (w) => w.call("dnnlib.util", "EasyDict")],
    ])
    .stop();
  return writer.result;
}
