import type { JSX } from "preact";

/** The name of the thing, and where its requests are described. */
export function Header({
  version,
  hasKey,
  onForgetKey,
}: {
  readonly version: string | undefined;
  readonly hasKey: boolean;
  readonly onForgetKey: () => void;
}): JSX.Element {
  return (
    <header>
      <h1>
        <img src="./icon.svg" alt="" width={28} height={28} />
        LEADer
      </h1>
      <p class="hint">{version === undefined ? "" : `version ${version}`}</p>
      <nav aria-label="Service">
        {hasKey ? (
          <button type="button" class="plain" onClick={onForgetKey}>
            Forget the key
          </button>
        ) : null}
        <a href="docs">API</a>
      </nav>
    </header>
  );
}
