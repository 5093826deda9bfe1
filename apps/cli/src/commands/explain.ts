import type { ExplainedValue, PipelineParam } from "leader-restore";
import { exitCodes } from "../exit-codes.js";
import { requestOf, type PipelineCommandOptions } from "../options.js";
import { makeOutput, type Output } from "../render/output.js";
import { ask } from "../worker/ask.js";

interface ExplainOptions extends PipelineCommandOptions {
  readonly load: boolean;
}

/** Says where every value of a pipeline came from; returns the exit code. */
export async function explain(options: ExplainOptions): Promise<number> {
  const output = makeOutput(options.json);
  return await ask({ pipeline: requestOf(options, options.load) }, async (workplace, { signal }) => {
    const { values, params, parents } = await workplace.do("explain", undefined, { signal });
    for (const parent of parents) {
      output.record({ type: "extends", ...parent });
      output.text(`extends ${parent.name}${parent.name === parent.file ? "" : ` (${parent.file})`}`);
    }
    if (parents.length > 0) output.text("");
    writeValues(output, values);
    if (params.length > 0) output.text("");
    for (const param of params) {
      output.record({ ...param, type: "param", takes: param.type });
      output.text(paramText(param));
    }
    return exitCodes.ok;
  });
}

function writeValues(output: Output, values: readonly ExplainedValue[]): void {
  const width = Math.max(...values.map(({ path }) => path.length));
  const texts = values.map(({ value }) => shortened(value === undefined ? "none" : JSON.stringify(value)));
  const wide = Math.min(48, Math.max(...texts.map((text) => text.length)));
  for (const [i, value] of values.entries()) {
    output.record({ type: "value", ...value });
    output.text(`${value.path.padEnd(width)}  ${texts[i]!.padEnd(wide)}  ${originText(value)}`);
  }
}

/** Longer values are cut; `--json` has them whole. */
const shortened = (text: string): string => (text.length > 72 ? `${text.slice(0, 69)}...` : text);

const sources: Readonly<Record<ExplainedValue["by"], string>> = {
  pipeline: "",
  parent: "extended file ",
  preset: "preset ",
  param: "param ",
  set: "",
  stage: "default of ",
  program: "default of ",
};

function originText({ by, source, line, column, param }: ExplainedValue): string {
  const isArgument = source.startsWith("--");
  const place = line === undefined || isArgument ? source : `${source}:${line}:${column ?? 1}`;
  return by === "param" ? `param ${param ?? ""} (${isArgument ? source : `default, ${place}`})` : `${sources[by]}${place}`;
}

function paramText({ name, description, value, default: fallback, ...param }: PipelineParam): string {
  const { type, choices, minimum, maximum } = param;
  const kind = choices === undefined ? type : choices.map(String).join(" | ");
  const bounds = [...(minimum === undefined ? [] : [`from ${minimum}`]), ...(maximum === undefined ? [] : [`to ${maximum}`])];
  const takes = [kind, ...bounds, ...(fallback === undefined ? [] : [`default ${fallback}`])].join(" ");
  const now = value === undefined ? "stated by the pipeline" : String(value);
  return `--param ${name}=${now}  (${takes}; sets ${param.sets.join(", ")})${description === undefined ? "" : `  ${description}`}`;
}
