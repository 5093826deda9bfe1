import { html, raw, type Html } from "./html.js";

/** What a page is made of besides its frame. */
export interface DocumentParts {
  readonly title: string;
  readonly style: string;
  /** Content-Security-Policy; absent: none. */
  readonly policy?: string;
  readonly body: readonly Html[];
}

/** A whole page, light and dark, without any external part. */
export function htmlDocument({ title, style, policy, body }: DocumentParts): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        ${policy === undefined ? "" : html`<meta http-equiv="Content-Security-Policy" content="${policy}" />`}
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="data:," />
        <title>${title}</title>
        ${raw(`<style>${style}</style>`)}
      </head>
      <body>
        ${body}
      </body>
    </html> `.html;
}
