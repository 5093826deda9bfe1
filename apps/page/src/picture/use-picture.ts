import { useCallback, useMemo, useState } from "preact/hooks";
import type { Failure } from "../api/failure.js";
import type { About } from "../api/views.js";
import { choosePicture, refusalOf, type ChosenPicture } from "./chosen-picture.js";
import { useDrop } from "./use-drop.js";

export interface PictureState {
  readonly picture: ChosenPicture | undefined;
  readonly refusal: Failure | undefined;
  readonly take: (file: File) => void;
  /** Puts a picture in that was chosen before. */
  readonly put: (picture: ChosenPicture) => void;
  /** Whether a file is being dragged over the page. */
  readonly over: boolean;
}

/**
 * The picture that is chosen, and why the service would refuse it.
 * @param onTaken told of another picture
 */
export function usePicture(about: About | undefined, onTaken: () => void): PictureState {
  const [picture, setPicture] = useState<ChosenPicture>();
  const take = useCallback(
    (file: File) => {
      void choosePicture(file).then((chosen) => {
        setPicture(chosen);
        onTaken();
      });
    },
    [onTaken],
  );
  const over = useDrop(take);
  const refusal = useMemo(() => (picture === undefined ? undefined : refusalOf(picture, about)), [picture, about]);
  return { picture, refusal, take, put: setPicture, over };
}
