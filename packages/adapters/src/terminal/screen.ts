// Owns a block of lines redrawn in place at the bottom of a terminal. It never hides the cursor, so that even a killed
// process leaves a usable terminal, and it emits each frame as one write, so that nothing flickers.
import { stripVTControlCharacters } from 'node:util';

/** The part of a terminal's write stream that is used; `process.stderr` is one. */
export interface TerminalStream {
  /** `done` is called when the text was handed on, or could not be. */
  write(text: string, done?: () => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  readonly isTTY?: boolean | undefined;
  /** Cells per line and lines, of a terminal. */
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

/** A pseudo terminal that nobody gave a size reports 0: then it is taken for one of 80 cells and 24 lines. */
const usual = { columns: 80, rows: 24 };

export interface Screen {
  /** Lines that a frame may have at this moment: the cursor needs one beneath it. */
  readonly height: number;
  /** The text that replaces the block drawn before by `lines`, cut to the terminal's size of this moment. */
  frame(lines: readonly string[]): string;
}

export function screen(stream: Pick<TerminalStream, 'columns' | 'rows'>): Screen {
  let drawnWidths: number[] = [];
  const sizeOf = (side: 'columns' | 'rows'): number => stream[side] || usual[side];
  const height = (): number => Math.max(1, sizeOf('rows') - 1);
  return {
    get height() {
      return height();
    },
    frame(lines) {
      const columns = sizeOf('columns');
      const shown = lines.slice(0, height()).map((line) => cutToWidth(line, columns - 1));
      // A terminal that became narrower has wrapped what was drawn, so a line may now take several.
      const up = drawnWidths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
      drawnWidths = shown.map(visibleWidth);
      const rise = up > 0 ? `\u001b[${up}A` : '';
      return `${rise}\r${shown.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`;
    },
  };
}

/** A colour sequence, or else one character. */
const token = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m|[^]`, 'gu');

/** Cells that text takes; colours take none. Characters of double width are counted as one. */
export function visibleWidth(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}

/** Cuts text to `width` cells, ending in `…` when something was cut; colours stay whole and are closed. */
export function cutToWidth(text: string, width: number): string {
  if (visibleWidth(text) <= width) return text;
  let cells = 0;
  let cut = '';
  let coloured = false;
  for (const piece of text.match(token) ?? []) {
    const isColour = piece.length > 1 && piece.startsWith('\u001b');
    if (isColour) {
      coloured = true;
      cut += piece;
      continue;
    }
    if (cells >= width - 1) break;
    cut += piece;
    cells += 1;
  }
  return `${cut}${width > 0 ? '…' : ''}${coloured ? '\u001b[0m' : ''}`;
}
