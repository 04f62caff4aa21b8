// Owns how many cells of a terminal a text takes, and its cutting and padding to a number of them. Pure.
import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

/** What is seen as one character: a letter with its accents, an emoji of several parts. */
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
const colour = new RegExp(`(${String.fromCharCode(27)}\\[[0-9;]*m)`, 'u');
/** Joined emoji, those of flags and of keys, and those that ask to be drawn as a picture take two cells. */
const emoji = /\p{Emoji_Presentation}|\ufe0f/u;
/** Marks and joiners that stand alone take no cell. */
const marks = /^[\p{Mark}\p{Default_Ignorable_Code_Point}]+$/u;

/** Cells of one character as it is seen. */
function cellsOf(grapheme: string): number {
  if (grapheme === '' || marks.test(grapheme)) return 0;
  if (emoji.test(grapheme)) return 2;
  return eastAsianWidth(grapheme.codePointAt(0) ?? 0);
}

/** Nearly every line is of these, each one cell wide. */
const isAscii = /^[\u0020-\u007e]*$/;

/** Cells that text takes: two for each wide character of East Asia and each emoji; colours and combining marks take none. */
export function visibleWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (isAscii.test(plain)) return plain.length;
  let cells = 0;
  for (const { segment } of graphemes.segment(plain)) cells += cellsOf(segment);
  return cells;
}

/** Cuts text to `width` cells, ending in `…` when something was cut; colours stay whole and are closed. */
export function cutToWidth(text: string, width: number): string {
  if (visibleWidth(text) <= width) return text;
  let cells = 0;
  let cut = '';
  let coloured = false;
  // Of a text that is split where a group matches, every second part is what matched.
  for (const [index, piece] of text.split(colour).entries()) {
    if (index % 2 === 1) {
      coloured = true;
      cut += piece;
      continue;
    }
    for (const { segment } of graphemes.segment(piece)) {
      cells += cellsOf(segment);
      if (cells > width - 1) return ended(cut, width, coloured);
      cut += segment;
    }
  }
  return ended(cut, width, coloured);
}

const ended = (cut: string, width: number, coloured: boolean): string =>
  `${cut}${width > 0 ? '…' : ''}${coloured ? '\u001b[0m' : ''}`;

/** Cells of the widest text; of any number of them, which arguments of `Math.max` are not. */
export function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, visibleWidth(text)), 0);
}

/** Text with spaces behind it, or before it, until it takes a number of cells. */
export const padToWidth = (text: string, width: number, align: 'left' | 'right' = 'left'): string => {
  const spaces = ' '.repeat(Math.max(0, width - visibleWidth(text)));
  return align === 'left' ? text + spaces : spaces + text;
};
