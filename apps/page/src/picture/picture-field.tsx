import type { JSX } from "preact";
import type { About } from "../api/views.js";
import { bytesText, type ChosenPicture } from "./chosen-picture.js";
import { pictureKinds, pictureTypes } from "./picture-types.js";

export interface PictureFieldProps {
  readonly about: About | undefined;
  readonly picture: ChosenPicture | undefined;
  readonly over: boolean;
  readonly error?: string | undefined;
  readonly onFile: (file: File) => void;
}

/** Where a picture is dropped or chosen: large as long as there is none. */
export function PictureField({ about, picture, over, error, onFile }: PictureFieldProps): JSX.Element {
  return (
    <div class={`drop${over ? " over" : ""}${picture === undefined ? "" : " filled"}${error === undefined ? "" : " wrong"}`}>
      {picture === undefined ? null : <Summary {...picture} />}
      <label class="button" for="field-picture">
        {picture === undefined ? "Choose a picture" : "Another picture"}
      </label>
      <input
        id="field-picture"
        class="hidden"
        type="file"
        accept={pictureTypes(about)}
        aria-describedby={error === undefined ? "picture-hint" : "picture-error picture-hint"}
        aria-invalid={error === undefined ? undefined : true}
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? [];
          // The same file may be chosen again.
          currentTarget.value = "";
          if (file !== undefined) onFile(file);
        }}
      />
      {error === undefined ? null : (
        <p class="error" id="picture-error">
          {error}
        </p>
      )}
      <p class="hint" id="picture-hint">
        {picture === undefined ? `or drop one anywhere on this page, or paste it. ${pictureKinds(about)}` : "or drop one, or paste it"}
      </p>
    </div>
  );
}

function Summary({ file, shown }: ChosenPicture): JSX.Element {
  return (
    <div class="chosen">
      {shown === undefined ? null : <img src={shown.url} alt="" />}
      <p>
        <strong>{file.name}</strong>
        <span class="hint">
          {shown === undefined ? "This browser cannot show its format. " : `${shown.width} × ${shown.height}, `}
          {bytesText(file.size)}
        </span>
      </p>
    </div>
  );
}
