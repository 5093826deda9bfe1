import { useRef, useState } from "preact/hooks";
import { afterKey, clamp, type Look, type Spot } from "./shown-picture.js";

/** Pixels that a press may move before it drags the divider. */
const slack = 3;

type Handler<E extends Event> = (event: E & { readonly currentTarget: HTMLElement }) => void;

/** What the picture answers to: moving looks through the lens, pressing and dragging moves the divider, and so do keys. */
export interface LensHandlers {
  readonly onPointerDown: Handler<PointerEvent>;
  readonly onPointerMove: Handler<PointerEvent>;
  readonly onPointerUp: Handler<PointerEvent>;
  readonly onPointerCancel: Handler<PointerEvent>;
  readonly onPointerLeave: Handler<PointerEvent>;
  readonly onKeyDown: Handler<KeyboardEvent>;
  readonly onBlur: Handler<FocusEvent>;
}

export interface LensControl {
  readonly look: Look;
  readonly setZoom: (zoom: number) => void;
  readonly handlers: LensHandlers;
}

/** @param divide moves the divider to a share of the width */
export function useLens(divide: (share: number) => void): LensControl {
  const [look, setLook] = useState<Look>({ spot: undefined, zoom: 4 });
  const press = useRef<{ readonly x: number; readonly dragging: boolean } | undefined>(undefined);
  const lookAt = (spot: Spot | undefined): void => setLook(({ zoom }) => ({ spot, zoom }));
  const end = (): void => {
    press.current = undefined;
  };
  const handlers: LensHandlers = {
    onPointerDown: (event) => {
      if (event.button !== 0) return;
      press.current = { x: event.clientX, dragging: false };
      event.currentTarget.setPointerCapture(event.pointerId);
    },
    onPointerMove: (event) => {
      const spot = spotOf(event);
      if (press.current !== undefined && Math.abs(event.clientX - press.current.x) > slack)
        press.current = { ...press.current, dragging: true };
      const dragging = press.current?.dragging === true;
      if (dragging) divide(spot.x);
      lookAt(dragging ? undefined : spot);
    },
    onPointerUp: (event) => {
      if (press.current?.dragging !== true) lookAt(spotOf(event));
      end();
    },
    onPointerCancel: end,
    onPointerLeave: (event) => {
      // A finger that is lifted leaves too; what it tapped at stays in the lens.
      if (event.pointerType === "mouse" && press.current === undefined) lookAt(undefined);
    },
    onKeyDown: (event) => {
      const next = afterKey(look, event.key, event.shiftKey);
      if (next === undefined) return;
      event.preventDefault();
      setLook(next);
    },
    onBlur: () => lookAt(undefined),
  };
  return { look, setZoom: (zoom) => setLook(({ spot }) => ({ spot, zoom })), handlers };
}

function spotOf(event: PointerEvent & { readonly currentTarget: HTMLElement }): Spot {
  const box = event.currentTarget.getBoundingClientRect();
  return { x: clamp((event.clientX - box.left) / box.width, 0, 1), y: clamp((event.clientY - box.top) / box.height, 0, 1) };
}
