// Owns what all drawings share: the sheet with its colours, and text and shapes on it.

export const sheetWidth = 760;
export const margin = 16;
export const titleHeight = 40;

/** Colours of series, after Okabe and Ito, "Color Universal Design", 2008; lighter on dark paper. */
interface Colours {
  readonly paper: string;
  readonly ink: string;
  readonly faint: string;
  readonly grid: string;
  readonly other: string;
  /** The first is our own. */
  readonly series: readonly string[];
}

const light: Colours = {
  paper: '#ffffff',
  ink: '#1f2328',
  faint: '#57606a',
  grid: '#d0d7de',
  other: '#8c959f',
  series: ['#d55e00', '#0072b2', '#009e73', '#b4538a', '#8a6d00', '#2d88bf'],
};
const dark: Colours = {
  paper: '#0d1117',
  ink: '#e6edf3',
  faint: '#9198a1',
  grid: '#3d444d',
  other: '#6e7681',
  series: ['#ff8a3d', '#58a6ff', '#3fd6a5', '#e29bc6', '#e3c23c', '#8fd3ff'],
};

/** Class of a series: `s0` is our own colour. */
export function seriesClass(index: number): string {
  return `s${index % light.series.length}`;
}

function rules({ paper, ink, faint, grid, other, series }: Colours): string {
  return [
    `.paper { fill: ${paper}; } text { fill: ${ink}; } .faint { fill: ${faint}; } .other { fill: ${other}; }`,
    `.grid { stroke: ${grid}; fill: none; }`,
    // Twice the class: stronger than the rule for text and than `line`.
    ...series.map(
      (colour, index) =>
        `.s${index}.s${index} { fill: ${colour}; } .line.s${index}.s${index} { fill: none; stroke: ${colour}; }`,
    ),
  ].join('\n');
}

/**
 * A whole drawing. It is shown as an image, where it sees nothing of the page but whether the reader prefers dark: so it
 * brings both sets of colours, as plain rules that simple viewers understand too.
 */
export function sheet(title: string, height: number, content: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${sheetWidth} ${height}" width="${sheetWidth}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>
text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; }
.title { font-weight: 600; font-size: 15px; }
.faint { font-size: 12px; }
${rules(light)}
@media (prefers-color-scheme: dark) {
${rules(dark)}
}
</style>
<rect width="${sheetWidth}" height="${height}" class="paper"/>
${text(margin, 26, title, { className: 'title' })}
${content.join('\n')}
</svg>
`;
}

export interface TextOptions {
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly className?: string;
  readonly bold?: boolean;
}

export function text(
  x: number,
  y: number,
  content: string,
  { anchor = 'start', className, bold = false }: TextOptions = {},
): string {
  const attributes = [
    `x="${round(x)}" y="${round(y)}"`,
    anchor === 'start' ? '' : `text-anchor="${anchor}"`,
    className === undefined ? '' : `class="${className}"`,
    bold ? 'font-weight="600"' : '',
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
