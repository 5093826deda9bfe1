import { defined } from "../api/records.js";
import type { About } from "../api/views.js";

/** The tasks of the service with the options that each takes. */

export type TaskName = "upscale" | "denoise" | "inpaint" | "deblur" | "colorize";
export type OptionName = "factor" | "fidelity" | "noise" | "gaussian" | "kernel" | "mask" | "invertMask";

export interface TaskOption {
  readonly name: OptionName;
  readonly label: string;
  readonly hint: string;
  readonly kind: "number" | "text" | "flag" | "file";
  /** What the field holds at first. */
  readonly initial?: string;
}

export interface Task {
  readonly name: TaskName;
  readonly title: string;
  readonly summary: string;
  readonly options: readonly TaskOption[];
}

const fidelity = (usual: string): TaskOption => ({
  name: "fidelity",
  label: "Fidelity",
  hint: `0: crisp, more of it invented; 1: nearest on average, and smoother. Empty: ${usual}.`,
  kind: "number",
});

const noise = (hint: string): TaskOption => ({ name: "noise", label: "Noise", hint, kind: "text" });

export const tasks: readonly Task[] = [
  {
    name: "upscale",
    title: "Enlarge",
    summary: "A small picture, with the detail that it lost",
    options: [
      { name: "factor", label: "Times larger per side", hint: "2 to 16", kind: "number", initial: "2" },
      fidelity("0.75"),
      noise("Standard deviation of its noise, 0 to 1, or auto. Empty: none."),
    ],
  },
  {
    name: "denoise",
    title: "Denoise",
    summary: "A grainy picture, without the grain",
    options: [
      noise("Standard deviation for pictures in 0 to 1, such as 0.1, or 0.02..0.1 from black to white. Empty: estimated from the picture."),
    ],
  },
  {
    name: "deblur",
    title: "Sharpen",
    summary: "A blurred picture whose blur is known",
    options: [
      {
        name: "gaussian",
        label: "Gaussian blur",
        hint: "Its standard deviation in pixels; or give the blur as a picture below.",
        kind: "number",
      },
      { name: "kernel", label: "Picture of the blur", hint: "What one point of light became: a picture or a .npy file.", kind: "file" },
      fidelity("0.75"),
      noise("Standard deviation of its noise, 0 to 1, or auto. Empty: 0.01. The less, the sharper, and the more ringing."),
    ],
  },
  {
    name: "inpaint",
    title: "Fill holes",
    summary: "A picture with missing parts",
    options: [
      {
        name: "mask",
        label: "Picture of the holes",
        hint: "Black or transparent is missing. Without one, the transparent pixels of the picture are the holes.",
        kind: "file",
      },
      { name: "invertMask", label: "White is missing, black is kept", hint: "Of the picture of the holes.", kind: "flag" },
      fidelity("1"),
    ],
  },
  { name: "colorize", title: "Colour", summary: "A grey picture, in colours that may have been", options: [] },
];

const qualities = [
  { value: "draft", title: "Draft" },
  { value: "normal", title: "Normal" },
  { value: "best", title: "Best" },
] as const;
export type Quality = (typeof qualities)[number]["value"];

/** The qualities with what they take for a task, as soon as the service has said so. */
export const qualitiesOf = (task: TaskName, about: Pick<About, "qualities"> | undefined): readonly QualityChoice[] =>
  qualities.map((quality) => ({ ...quality, ...defined({ summary: about?.qualities[task]?.[quality.value] }) }));

/** A quality to be chosen. */
export interface QualityChoice {
  readonly value: Quality;
  readonly title: string;
  readonly summary?: string;
}

/** What the form of tasks holds. */
export interface TaskForm {
  readonly task: TaskName;
  readonly quality: Quality;
  /** What was typed, by the option's name; flags are "true". Kept over a change of the task. */
  readonly values: Readonly<Partial<Record<OptionName, string>>>;
  readonly files: Readonly<Partial<Record<OptionName, File>>>;
}

export const initialTaskForm: TaskForm = { task: "upscale", quality: "normal", values: {}, files: {} };

export const taskOf = (name: TaskName): Task => tasks.find((task) => task.name === name) ?? tasks[0]!;

/** What an option holds: what was typed, or what it holds at first. */
export const valueOf = ({ values }: TaskForm, { name, initial = "" }: TaskOption): string => values[name] ?? initial;

/** The fields of a request; empty ones are left to the service's defaults. */
export function taskFields(form: TaskForm): readonly (readonly [string, string | File])[] {
  const options = taskOf(form.task).options.flatMap((option): (readonly [string, string | File])[] => {
    const value = option.kind === "file" ? form.files[option.name] : valueOf(form, option).trim();
    return value === undefined || value === "" ? [] : [[option.name, value]];
  });
  return [["task", form.task], ["quality", form.quality], ...options];
}
