/** HTML that is known to be safe to put into a page. */
export interface Html {
  readonly html: string;
}

type Part = Html | string | number | readonly Html[];

/** Text for HTML: markup characters lose their meaning. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/gu, (c) => `&#${c.charCodeAt(0)};`);

/** Markup that was made elsewhere and is trusted. */
export const raw = (html: string): Html => ({ html });

/** A template whose values are escaped unless they are HTML themselves. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return { html: strings.reduce((text, piece, i) => text + markup(parts[i - 1]!) + piece) };
}

function markup(part: Part): string {
  if (typeof part === "object") return "html" in part ? part.html : part.map((p) => p.html).join("");
  return escapeHtml(String(part));
}
