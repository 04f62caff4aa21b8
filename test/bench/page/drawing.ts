// Owns what all drawings share: the sheet with its colours, and text and shapes on it.

export const sheetWidth = 760;
export const margin = 16;
export const titleHeight = 40;

/**
 * A whole drawing. It is shown as an image, where it sees nothing of the page but whether the reader prefers dark: so it
 * brings both sets of colours. Colours of series: Okabe and Ito, "Color Universal Design", 2008.
 */
export function sheet(title: string, height: number, content: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${sheetWidth} ${height}" width="${sheetWidth}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
svg { --ink: #1f2328; --faint: #57606a; --grid: #d0d7de; --paper: #ffffff; --own: #d55e00; --other: #8c959f; --s0: #d55e00; --s1: #0072b2; --s2: #009e73; --s3: #cc79a7; --s4: #b08900; --s5: #56b4e9; }
@media (prefers-color-scheme: dark) { svg { --ink: #e6edf3; --faint: #9198a1; --grid: #3d444d; --paper: #0d1117; --own: #ff8a3d; --other: #6e7681; --s0: #ff8a3d; --s1: #58a6ff; --s2: #3fd6a5; --s3: #e29bc6; --s4: #e3c23c; --s5: #8fd3ff; } }
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: var(--ink); }
.title { font-weight: 600; font-size: 15px; }
.faint { fill: var(--faint); font-size: 12px; }
.grid { stroke: var(--grid); stroke-width: 1; fill: none; }
</style>
<rect width="${sheetWidth}" height="${height}" fill="var(--paper)"/>
${text(margin, 26, title, { className: 'title' })}
${content.join('\n')}
</svg>
`;
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly className?: 'title' | 'faint';
  readonly bold?: boolean;
  readonly fill?: string;
}

export function text(
  x: number,
  y: number,
  content: string,
  { anchor = 'start', className, bold = false, fill }: TextOptions = {},
): string {
  const attributes = [
    `x="${round(x)}" y="${round(y)}"`,
    anchor === 'start' ? '' : `text-anchor="${anchor}"`,
    className === undefined ? '' : `class="${className}"`,
    bold ? 'font-weight="600"' : '',
    // A style, not an attribute: the rule for text would win over an attribute.
    fill === undefined ? '' : `style="fill: ${fill}"`,
  ].filter((attribute) => attribute !== '');
  return `<text ${attributes.join(' ')}>${escaped(content)}</text>`;
}

/** Tenths of a pixel. */
export function round(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escaped(content: string): string {
  return content
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
