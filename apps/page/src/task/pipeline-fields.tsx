import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ComposerProps } from "../compose/composer.js";

type Composer = (props: ComposerProps) => JSX.Element;

/** The composer, which is loaded when it is first wanted: it brings a reader of YAML along. */
export function PipelineFields(props: ComposerProps): JSX.Element {
  const [Loaded, setLoaded] = useState<Composer>();
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import("../compose/composer.js").then(
      ({ Composer }) => setLoaded(() => Composer),
      () => setFailed(true),
    );
  }, []);
  if (failed) return <p class="error">A part of the page could not be loaded. Load the page again.</p>;
  return Loaded === undefined ? <p class="hint">Loading</p> : <Loaded {...props} />;
}
