import type { JSX } from "preact";
import { useId, useState } from "preact/hooks";
import { Lens } from "./lens.js";
import { sidesOf, zooms, type ShownPicture, type Sides } from "./shown-picture.js";
import { useLens } from "./use-lens.js";

/** Pictures of so few pixels a side are shown as they are; larger ones are left to the browser's smoothing. */
const fewPixels = 400;

export interface CompareProps {
  readonly pictures: readonly ShownPicture[];
  /** The picture most worth looking at, for the right side as long as nothing else is chosen. */
  readonly preferred: string;
  readonly width: number;
  readonly height: number;
  readonly chosen: { readonly left?: string; readonly right?: string };
  readonly onChoose: (side: "left" | "right", id: string) => void;
}

/** Two pictures with a divider between them, and a lens. */
export function Compare(props: CompareProps): JSX.Element | null {
  const { pictures, preferred, chosen, onChoose } = props;
  const sides = sidesOf(pictures, chosen, preferred);
  const [lens, setLens] = useState(true);
  const [at, setAt] = useState(50);
  const control = useLens((share) => setAt(100 * share));
  if (sides === undefined) return null;
  const two = sides.left.id !== sides.right.id;
  return (
    <div class="compare" style={{ "--wide": props.width / props.height }}>
      {pictures.length < 2 ? null : (
        <div class="toolbar">
          <Choice side="left" label="Left" {...{ pictures, sides, onChoose }} />
          <Choice side="right" label="Right" {...{ pictures, sides, onChoose }} />
          <button type="button" aria-pressed={lens} onClick={() => setLens(!lens)}>
            Lens
          </button>
          <Zoom zoom={control.look.zoom} onZoom={control.setZoom} />
        </div>
      )}
      <Stage {...props} sides={sides} at={at} control={control} lens={lens} />
      {two ? <Slider at={at} onMove={setAt} sides={sides} /> : null}
    </div>
  );
}

interface StageProps extends CompareProps {
  readonly sides: Sides;
  readonly at: number;
  readonly control: ReturnType<typeof useLens>;
  readonly lens: boolean;
}

function Stage({ sides, at, control, lens, width, height }: StageProps): JSX.Element {
  const [stage, setStage] = useState<HTMLElement | null>(null);
  const [left, right] = [sides.left, sides.right];
  const two = left.id !== right.id;
  const pixels = Math.max(width, height) <= fewPixels ? "pixels" : "";
  return (
    <div
      class="stage"
      ref={setStage}
      role="group"
      tabIndex={0}
      aria-label={two ? `${left.title}, and right of the divider ${right.title}. Arrow keys move the lens.` : right.title}
      style={{ "--ratio": `${width} / ${height}`, "--at": `${at}%` }}
      {...control.handlers}
    >
      <img class={pixels} src={left.src} alt={left.title} draggable={false} />
      {two ? <img class={`right ${pixels}`} src={right.src} alt={right.title} draggable={false} /> : null}
      {two ? <div class="divider" /> : null}
      {lens && stage !== null ? <Lens look={control.look} sides={sides} stage={stage} /> : null}
    </div>
  );
}

interface ChoiceProps {
  readonly side: "left" | "right";
  readonly label: string;
  readonly pictures: readonly ShownPicture[];
  readonly sides: Sides;
  readonly onChoose: (side: "left" | "right", id: string) => void;
}

function Choice({ side, label, pictures, sides, onChoose }: ChoiceProps): JSX.Element {
  const id = useId();
  return (
    <span class="labelled">
      <label for={id}>{label}</label>
      <select id={id} value={sides[side].id} onChange={(event) => onChoose(side, event.currentTarget.value)}>
        {pictures.map((picture) => (
          <option key={picture.id} value={picture.id}>
            {picture.title}
          </option>
        ))}
      </select>
    </span>
  );
}

function Zoom({ zoom, onZoom }: { readonly zoom: number; readonly onZoom: (zoom: number) => void }): JSX.Element {
  const id = useId();
  return (
    <span class="labelled">
      <label for={id}>Enlarged</label>
      <select id={id} value={zoom} onChange={(event) => onZoom(Number(event.currentTarget.value))}>
        {zooms.map((factor) => (
          <option key={factor} value={factor}>
            {factor}×
          </option>
        ))}
      </select>
    </span>
  );
}

function Slider({ at, onMove, sides }: { readonly at: number; readonly onMove: (at: number) => void; readonly sides: Sides }): JSX.Element {
  return (
    <input
      class="slider"
      type="range"
      min={0}
      max={100}
      step={1}
      value={at}
      aria-label={`Divider between ${sides.left.title} and ${sides.right.title}`}
      aria-valuetext={`${Math.round(at)} percent`}
      onInput={(event) => onMove(Number(event.currentTarget.value))}
    />
  );
}
