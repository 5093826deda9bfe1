import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { clamp, type Look, type ShownPicture, type Sides } from "./shown-picture.js";

/** Side of each half of the lens, in pixels of the page. */
const paneSide = 144;
/** Distance from what it enlarges, which stays visible. */
const gap = 14;

/** The same spot of both pictures, enlarged. */
export function Lens({
  look,
  sides,
  stage,
}: {
  readonly look: Look;
  readonly sides: Sides;
  readonly stage: HTMLElement;
}): JSX.Element | null {
  const own = useRef<HTMLDivElement>(null);
  const { width, height } = stage.getBoundingClientRect();
  const side = Math.min(width, height, paneSide / look.zoom);
  const x = clamp((look.spot?.x ?? 0) * width - side / 2, 0, width - side);
  const y = clamp((look.spot?.y ?? 0) * height - side / 2, 0, height - side);
  useLayoutEffect(() => {
    if (own.current !== null) place(own.current, { x, y, side, width, height, left: stage.getBoundingClientRect().left });
  });
  if (look.spot === undefined) return null;
  const cut = { x: x / width, y: y / height, width: side / width, height: side / height };
  return (
    <>
      <div class="spot" style={{ left: `${x}px`, top: `${y}px`, width: `${side}px`, height: `${side}px` }} />
      <div class="lens" ref={own} aria-hidden="true">
        <Pane picture={sides.left} cut={cut} />
        {sides.left.id === sides.right.id ? null : <Pane picture={sides.right} cut={cut} />}
      </div>
    </>
  );
}

interface Cut {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

function Pane({ picture, cut }: { readonly picture: ShownPicture; readonly cut: Cut }): JSX.Element {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const image = new Image();
    let wanted = true;
    image.src = picture.src;
    const draw = (): void => {
      const context = canvas.current?.getContext("2d");
      if (!wanted || !context) return;
      context.imageSmoothingEnabled = false;
      context.clearRect(0, 0, paneSide, paneSide);
      const { naturalWidth: w, naturalHeight: h } = image;
      context.drawImage(image, cut.x * w, cut.y * h, cut.width * w, cut.height * h, 0, 0, paneSide, paneSide);
    };
    if (image.complete) draw();
    else image.addEventListener("load", draw);
    return () => void (wanted = false);
  }, [picture.src, cut.x, cut.y, cut.width, cut.height]);
  return (
    <figure>
      <canvas ref={canvas} width={paneSide} height={paneSide} />
      <figcaption>{picture.title}</figcaption>
    </figure>
  );
}

interface Place {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly width: number;
  readonly height: number;
  /** Of the picture, from the left of the window. */
  readonly left: number;
}

/** Beside the spot, within the window where there is room. */
function place(lens: HTMLElement, { x, y, side, width, height, left }: Place): void {
  const [own, ownHeight] = [lens.offsetWidth, lens.offsetHeight];
  const [above, below] = [y - gap - ownHeight, y + side + gap];
  const room = document.documentElement.clientWidth - left - 4;
  const most = Math.max(0, Math.min(Math.max(width, own), room) - own);
  lens.style.left = `${clamp(x + side / 2 - own / 2, 0, most)}px`;
  lens.style.top = `${below + ownHeight <= height || above < -80 ? below : above}px`;
}
