// Owns the lines redrawn in place at the bottom of a terminal, a block for each display. It never hides the cursor, so that
// even a killed process leaves a usable terminal, and it emits each frame as one write, so that nothing flickers.
import { cutToWidth, visibleWidth } from './width.js';

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
  /** Lines that a frame may have at this moment, the same number for each display: the cursor needs one beneath them all. */
  readonly height: number;
  /** The text that replaces what was drawn before, with `lines` as this block, cut to the terminal's size of this moment. */
  frame(lines: readonly string[]): string;
  /** The same for the last time: `lines` stay, above the blocks of other displays. */
  end(lines: readonly string[]): string;
  /** Gives up the block without a last frame: what it drew goes with the next frame of another display. */
  leave(): void;
}

/** Some terminals draw characters wider than others do: such a line must not wrap, as the next frame would rise too few. */
const noWrap = '\u001b[?7l';
const wrap = '\u001b[?7h';

/** Displays of one stream: each frame draws the blocks of all, as no two can have the last lines to themselves. */
const screens = new WeakMap<TerminalSize, Shared>();

type TerminalSize = Pick<TerminalStream, 'columns' | 'rows'>;

interface Shared {
  /** Lines of each display that goes on, the oldest first. */
  readonly blocks: Map<object, readonly string[]>;
  /** Cells of each line that is drawn and belongs to a block. */
  drawnWidths: number[];
}

/** A block of a display, beneath those of displays of the same stream that began before it and go on. */
export function screen(stream: TerminalSize): Screen {
  const shared = screens.get(stream) ?? { blocks: new Map(), drawnWidths: [] };
  screens.set(stream, shared);
  const self = {};
  const sizeOf = (side: 'columns' | 'rows'): number => stream[side] || usual[side];
  const room = (): number => Math.max(1, sizeOf('rows') - 1);

  const heightOf = (displays: number): number => Math.max(1, Math.floor(room() / displays));

  /** Replaces all blocks; no later frame rises over `above`. */
  const redraw = (above: readonly string[]): string => {
    const columns = sizeOf('columns');
    const cut = (line: string): string => cutToWidth(line, columns - 1);
    const height = heightOf(shared.blocks.size);
    const blocks = [...shared.blocks.values()].flatMap((lines) => lines.slice(0, height));
    const shown = blocks.slice(0, room()).map(cut);
    // A terminal that became narrower has wrapped what was drawn, so a line may now take several.
    const up = shared.drawnWidths.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / columns)), 0);
    shared.drawnWidths = shown.map(visibleWidth);
    const rise = up > 0 ? `\u001b[${up}A` : '';
    const lines = [...above.map(cut), ...shown].map((line) => `${line}\u001b[K\n`).join('');
    return `${rise}\r${noWrap}${lines}${wrap}\u001b[J`;
  };

  return {
    get height() {
      return heightOf(shared.blocks.size + (shared.blocks.has(self) ? 0 : 1));
    },
    frame(lines) {
      shared.blocks.set(self, lines);
      return redraw([]);
    },
    end(lines) {
      shared.blocks.delete(self);
      return redraw(lines.slice(0, room()));
    },
    leave() {
      shared.blocks.delete(self);
    },
  };
}
