/** A picture that can be put on either side of the comparison. */
export interface ShownPicture {
  readonly id: string;
  readonly title: string;
  readonly src: string;
}

/** Which pictures stand on the two sides. */
export interface Sides {
  readonly left: ShownPicture;
  readonly right: ShownPicture;
}

/**
 * The two sides: what was chosen where it is there, otherwise the first picture and `preferred`, which is what is most worth looking at.
 * @returns undefined if there is no picture at all
 */
export function sidesOf(
  pictures: readonly ShownPicture[],
  chosen: { readonly left?: string; readonly right?: string },
  preferred: string,
): Sides | undefined {
  const find = (id: string | undefined): ShownPicture | undefined => pictures.find((picture) => picture.id === id);
  const left = find(chosen.left) ?? pictures[0];
  const right = find(chosen.right) ?? find(preferred) ?? pictures.at(-1);
  return left === undefined || right === undefined ? undefined : { left, right };
}

/** A point of the picture, as shares of its width and height. */
export interface Spot {
  readonly x: number;
  readonly y: number;
}

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export const zooms = [2, 4, 8, 16] as const;

/** What the lens shows. */
export interface Look {
  /** Where it looks; undefined while it is hidden. */
  readonly spot: Spot | undefined;
  readonly zoom: number;
}

/** What a key does to the lens; undefined if it means nothing to it. */
export function afterKey({ spot, zoom }: Look, key: string, fast: boolean): Look | undefined {
  const move = moves[key];
  if (move !== undefined) {
    const pace = fast ? 0.1 : 0.02;
    const from = spot ?? { x: 0.5, y: 0.5 };
    return { spot: { x: clamp(from.x + pace * move[0], 0, 1), y: clamp(from.y + pace * move[1], 0, 1) }, zoom };
  }
  if (key === "+" || key === "=") return { spot, zoom: zooms.find((one) => one > zoom) ?? zoom };
  if (key === "-") return { spot, zoom: zooms.findLast((one) => one < zoom) ?? zoom };
  return key === "Escape" ? { spot: undefined, zoom } : undefined;
}
