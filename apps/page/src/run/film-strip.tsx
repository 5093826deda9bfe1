import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Preview } from "../api/views.js";

export interface FilmStripProps {
  readonly frames: readonly Preview[];
  /** The step that stands on the right side of the comparison. */
  readonly chosen: number | undefined;
  readonly onChoose: (step: number) => void;
}

/** What the prior expected, step by step. Choosing a step puts it on the right side of the comparison. */
export function FilmStrip({ frames, chosen, onChoose }: FilmStripProps): JSX.Element | null {
  const strip = useRef<HTMLDivElement>(null);
  const newest = frames.at(-1)?.step;
  useEffect(() => {
    // The newest is in sight, unless somebody is looking at another one.
    const { current } = strip;
    if (current !== null && !current.contains(document.activeElement)) current.scrollLeft = current.scrollWidth;
  }, [newest]);
  if (frames.length === 0) return null;
  return (
    <fieldset class="film">
      <legend>What the prior expected, step by step</legend>
      <div class="frames" ref={strip}>
        {frames.map(({ step, image, width, height }) => (
          <label key={step}>
            <input type="radio" name="frame" value={step} checked={chosen === step} onChange={() => onChoose(step)} />
            <img src={image} alt="" style={{ aspectRatio: `${width} / ${height}` }} />
            <span>Step {step}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
