import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Failure } from "../api/failure.js";
import { FailureBox } from "../parts/failure-box.js";
import { Segments } from "../parts/segments.js";
import { knownFields } from "./known-fields.js";
import { OptionField, type Composing } from "./option-field.js";
import { lineSpan, readPipeline, withValue } from "./pipeline-text.js";
import { ParamFields } from "./param-fields.js";
import { paramOptions, paramPath, type Params } from "./params.js";
import { ProblemList } from "./problem-list.js";
import { fieldId, messagesByField } from "./problems.js";
import { RoleFields } from "./role-fields.js";
import { pipelineSchemaOf } from "./schema.js";
import { UploadFields } from "./upload-fields.js";
import type { Uploads } from "./uploads.js";

export interface ComposerProps {
  /** The types of files that are offered to be sent along. */
  readonly accepted: string;
  /** The JSON Schema of pipelines. */
  readonly schema: unknown;
  readonly text: string;
  readonly params: Params;
  readonly uploads: Uploads;
  /** What the service found wrong with the text that was sent. */
  readonly failure: Failure | undefined;
  readonly onText: (text: string) => void;
  readonly onParams: (params: Params) => void;
  readonly onUploads: (uploads: Uploads) => void;
}

type View = "form" | "yaml";
/** Where the reader wants to go: a field of the form, or a line of the text. */
type Goal = { readonly field: string } | { readonly line: number };

/** A pipeline as a form and as its text; either changes the other. */
export function Composer(props: ComposerProps): JSX.Element {
  const { text, params, uploads, failure, onText, onParams, onUploads } = props;
  const [view, setView] = useState<View>("form");
  const schema = useMemo(() => pipelineSchemaOf(props.schema), [props.schema]);
  const { value, problem } = useMemo(() => readPipeline(text), [text]);
  const known = useMemo(() => {
    const ofParams = paramOptions(value, params).map(({ name }) => paramPath(name).join("."));
    return new Set([...knownFields(schema, value), ...ofParams]);
  }, [schema, value, params]);
  const go = useGoal(setView, text);
  const errors = messagesByField(failure?.problems ?? [], known);
  const composing: Composing = { value, errors, onChange: (path, changed) => onText(withValue(text, path, changed)) };
  return (
    <div class="composer">
      {failure === undefined ? null : (
        <FailureBox failure={failure}>
          <ProblemList problems={failure.problems} known={known} onField={(field) => go({ field })} onLine={(line) => go({ line })} />
        </FailureBox>
      )}
      <Segments
        name="view"
        legend="Pipeline"
        value={view}
        choices={[
          { value: "form", title: "As a form" },
          { value: "yaml", title: "As YAML" },
        ]}
        onChange={setView}
      />
      {view === "yaml" ? <YamlField text={text} problem={problem} onText={onText} /> : null}
      {view === "form" && problem !== undefined ? (
        <p class="error">
          The YAML cannot be read: {problem.message}{" "}
          <button type="button" class="plain" onClick={() => go({ line: problem.line })}>
            line {problem.line}
          </button>
        </p>
      ) : null}
      {view === "form" && problem === undefined ? (
        <>
          {schema.roles.map((role) => (
            <RoleFields key={role.key} role={role} composing={composing} />
          ))}
          {schema.plain.map((option) => (
            <OptionField key={option.name} option={option} path={[option.name]} composing={composing} />
          ))}
        </>
      ) : null}
      {problem === undefined ? <ParamFields {...{ composing, params }} onChange={onParams} /> : null}
      <UploadFields accepted={props.accepted} uploads={uploads} onChange={onUploads} />
    </div>
  );
}

interface YamlFieldProps {
  readonly text: string;
  readonly problem: ReturnType<typeof readPipeline>["problem"];
  readonly onText: (text: string) => void;
}

function YamlField({ text, problem, onText }: YamlFieldProps): JSX.Element {
  return (
    <div class={`field${problem === undefined ? "" : " wrong"}`}>
      <label for={yamlId}>YAML</label>
      <textarea
        id={yamlId}
        class="yaml"
        rows={Math.min(40, Math.max(14, text.split("\n").length + 1))}
        spellcheck={false}
        autocomplete="off"
        autocapitalize="off"
        value={text}
        aria-invalid={problem === undefined ? undefined : true}
        aria-describedby="yaml-error"
        onInput={({ currentTarget }) => onText(currentTarget.value)}
      />
      <p class="error" id="yaml-error">
        {problem === undefined ? "" : `Line ${problem.line}, column ${problem.column}: ${problem.message}`}
      </p>
    </div>
  );
}

const yamlId = "field-yaml";

/** Moves the focus to a place as soon as its view is there, before anything else can be pressed. */
function useGoal(setView: (view: View) => void, text: string): (goal: Goal) => void {
  const [goal, setGoal] = useState<Goal>();
  const latest = useRef(text);
  latest.current = text;
  useLayoutEffect(() => {
    if (goal === undefined) return;
    const found = document.getElementById("field" in goal ? fieldId(goal.field) : yamlId);
    const details = found?.closest("details");
    if (details) details.open = true;
    found?.focus();
    if ("line" in goal && found instanceof HTMLTextAreaElement) found.setSelectionRange(...lineSpan(latest.current, goal.line));
    setGoal(undefined);
  }, [goal]);
  return (next) => {
    setView("field" in next ? "form" : "yaml");
    setGoal(next);
  };
}
