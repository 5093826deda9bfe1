import type { BenchFile, Sweep } from "./schema.js";
import { isRecord } from "@leader/graph/records";

type Method = BenchFile["methods"][string];

/** Where a method that a sweep made stands. */
export interface SweptPoint {
  /** The method of the file that it is a variant of. */
  readonly origin: string;
  /** Its curve: the origin, with the values of all swept options but the one that the curve runs along. */
  readonly curve: string;
  readonly curveTitle: string;
  /** What the point is called on the curve. */
  readonly label: string;
}

/** The methods of a file with one in place of each that is swept for every point, and where those stand, by name. */
export interface Expansion {
  readonly methods: Readonly<Record<string, Method>>;
  readonly points: ReadonlyMap<string, SweptPoint>;
}

/** Values of the swept options at one point, in the order of the file. */
type Values = readonly (readonly [path: string, value: unknown])[];

/** Takes the sweeps of a file apart: `ours` with three points becomes the methods `ours.1`, `ours.2` and `ours.3`. */
export function expandSweeps(methods: BenchFile["methods"]): Expansion {
  const points = new Map<string, SweptPoint>();
  const entries = Object.entries(methods).flatMap(([name, method]) => {
    const { sweep, ...plain } = method;
    if (sweep === undefined) return [[name, method] as const];
    const along = alongOf(sweep);
    return valuesOf(sweep).map((values, i) => {
      const swept = `${name}.${i + 1}`;
      points.set(swept, pointOf(name, method, values, along));
      const title = `${method.title ?? name}, ${values.map(([path, value]) => `${shortName(path)} ${valueText(value)}`).join(", ")}`;
      return [swept, { ...values.reduce<Method>((made, [path, value]) => withOption(made, path, value), plain), title }] as const;
    });
  });
  return { methods: Object.fromEntries(entries), points };
}

/** The option that a curve runs along: the one the file names, else the first. */
export const alongOf = ({ along, grid, pairs }: Sweep): string => along ?? Object.keys(grid ?? pairs ?? {})[0]!;

function pointOf(origin: string, { title = origin }: Method, values: Values, along: string): SweptPoint {
  const others = values.filter(([path]) => path !== along).map(([path, value]) => `${shortName(path)} ${valueText(value)}`);
  const [, value] = values.find(([path]) => path === along)!;
  return {
    origin,
    curve: [origin, ...others].join(" "),
    curveTitle: [title, ...others].join(", "),
    label: `${shortName(along)} ${valueText(value)}`,
  };
}

/** All points: every combination of a grid, or the lists of pairs taken together. */
function valuesOf({ grid, pairs }: Sweep): readonly Values[] {
  if (pairs !== undefined) {
    const lists = Object.entries(pairs);
    return lists[0]![1].map((_, i) => lists.map(([path, values]) => [path, values[i]] as const));
  }
  return Object.entries(grid ?? {}).reduce<readonly Values[]>(
    (made, [path, values]) => made.flatMap((before) => values.map((value) => [...before, [path, value] as const])),
    [[]],
  );
}

/** A method with one option set, `role.with.option` or deeper; also on the single tasks that state the stage anew. */
function withOption(method: Method, path: string, value: unknown): Method {
  const [role, ...inner] = path.split(".");
  const changed = put(method, [role!, ...inner], value) as Method;
  const { on } = method;
  if (on === undefined) return changed;
  const tasks = Object.entries(on).map(
    ([task, stages]) => [task, role! in stages ? put(stages, [role!, ...inner], value) : stages] as const,
  );
  return { ...changed, on: Object.fromEntries(tasks) as Method["on"] };
}

function put(node: unknown, [key, ...rest]: readonly string[], value: unknown): unknown {
  if (key === undefined) return value;
  const record = isRecord(node) ? node : {};
  return { ...record, [key]: put(record[key], rest, value) };
}

const shortName = (path: string): string => path.split(".").at(-1)!;

const valueText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
