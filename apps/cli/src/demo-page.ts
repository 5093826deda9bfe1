export interface DemoRow {
  readonly title: string;
  /** One label per column of the picture. */
  readonly labels: readonly string[];
  /** Path of the side-by-side picture. */
  readonly picture: string;
}

const escape = (text: string): string => text.replace(/[&<>"]/gu, (c) => `&#${c.charCodeAt(0)};`);

/** A page without any external part: each task's pictures in a row under their labels. */
export function demoPage(rows: readonly DemoRow[], pictures: readonly string[]): string {
  const sections = rows.map(
    (row, i) => `<section>
<h2>${escape(row.title)}</h2>
<div class="labels" style="grid-template-columns:repeat(${row.labels.length},1fr)">${row.labels.map((label) => `<span>${escape(label)}</span>`).join("")}</div>
<img alt="${escape(row.labels.join(" | "))}" src="data:image/png;base64,${pictures[i]!}">
</section>`,
  );
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>LEADer demo</title>
<style>
body{font:16px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1400px;padding:0 1rem;color:#222;background:#fff}
.labels{display:grid;gap:8px;font-size:.85rem;margin-bottom:.3rem}
img{width:100%;height:auto;display:block}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#181818}}
</style>
<h1>LEADer demo</h1>
<p>Each row: the measurement, its pseudo-inverse, the baseline, the baseline with LEADer, and the clean picture. PSNR is against the clean picture.</p>
${sections.join("\n")}
</html>
`;
}
