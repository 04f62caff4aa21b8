// Owns the loop that writes rows of one batch: straight-line code made for its columns, or a plain loop where that is barred.
import type { ColumnText } from './column-text.js';
import { type Piece, piece, putPiece } from './pieces.js';
import type { TextBlock } from './text-block.js';

/** Writes rows from `from` until the block is full or `to` is reached; returns the row after the last one. */
export type FillRows = (block: TextBlock, from: number, to: number) => number;

/** Makes the loop over the rows of one batch. */
type Filler = (columns: readonly ColumnText[]) => FillRows;

/**
 * Makes the loops over the rows of batches. What stands around the values is looked at in the first batch alone: it is the
 * same in all batches of a file.
 * @param after stands behind every row
 * @param generated whether code is made for the columns (a quarter faster), where the host allows
 */
export function rowFiller(after: Uint8Array, generated: boolean = mayGenerateCode()): Filler {
  let filler: Filler | undefined;
  return (columns) => {
    filler ??= fillerFor(columns, after, generated);
    return filler(columns);
  };
}

function fillerFor(columns: readonly ColumnText[], after: Uint8Array, generated: boolean): Filler {
  const code = generated ? fillerCode(columns, after) : undefined;
  if (code === undefined || code.length > longestCode) return loop(columns, after);
  let filler = fillers.get(code);
  if (filler === undefined) {
    if (fillers.size >= keptFillers) fillers.clear();
    // The code holds no names and no values, only numbers.
    filler = new Function('columns', code) as Filler;
    fillers.set(code, filler);
  }
  return filler;
}

/** By their code, which is the schema's: the engine optimises a function once, for all batches of all files. */
const fillers = new Map<string, Filler>();
const keptFillers = 100;

/** Characters of code beyond which the engine would not optimise the function. */
const longestCode = 20_000;

function fillerCode(columns: readonly ColumnText[], after: Uint8Array): string {
  const locals = columns.map(
    (_, index) =>
      `const { put: put${index}, data: data${index}, validity: validity${index} } = columns[${index}];`,
  );
  const cells = columns.map(({ lead, nullText }, index) => {
    const value = `${bytesCode(lead)} at = put${index}(block, at, row, data${index});`;
    if (nullText === null) return value;
    const isValid = `validity${index} === null || ((validity${index}[row >> 3] >> (row & 7)) & 1)`;
    return `if (${isValid}) { ${value} } else { ${bytesCode(nullText)} }`;
  });
  return `${locals.join('\n')}
return (block, from, to) => {
  const { view, fullAt } = block;
  let at = block.length;
  let row = from;
  for (; row < to && at < fullAt; row++) {
${cells.join('\n')}
${bytesCode(after)}
  }
  block.length = at;
  return row;
};`;
}

/** Statements that write these bytes as words. */
function bytesCode(text: Uint8Array): string {
  const { words, length } = piece(text);
  if (length === 0) return '';
  if (length === 1) return `view.setUint8(at, ${text[0]}); at += 1;`;
  const stores = Array.from(words, (word, index) => `view.setInt32(at + ${index * 4}, ${word}, true);`);
  return `${stores.join(' ')} at += ${length};`;
}

function loop(first: readonly ColumnText[], after: Uint8Array): Filler {
  const leads: readonly Piece[] = first.map(({ lead }) => piece(lead));
  const nulls: readonly Piece[] = first.map(({ nullText }) => piece(nullText ?? new Uint8Array(0)));
  const tail = piece(after);
  return (columns) => (block, from, to) => {
    const { view, fullAt } = block;
    let at = block.length;
    let row = from;
    for (; row < to && at < fullAt; row++) {
      for (let index = 0; index < columns.length; index++) {
        // In range: one of each for every column, one bit for every row.
        const { put, data, validity } = columns[index] as ColumnText;
        if (validity === null || ((validity[row >> 3] as number) >> (row & 7)) & 1) {
          at = put(block, putPiece(view, at, leads[index] as Piece), row, data);
        } else {
          at = putPiece(view, at, nulls[index] as Piece);
        }
      }
      at = putPiece(view, at, tail);
    }
    block.length = at;
    return row;
  };
}

let allowed: boolean | undefined;

/** True where `new Function` works: some hosts bar it (--disallow-code-generation-from-strings). Asked once. */
function mayGenerateCode(): boolean {
  if (allowed === undefined) {
    try {
      allowed = new Function('return true')() === true;
    } catch {
      // An EvalError says that the host bars it; the plain loop does the same.
      allowed = false;
    }
  }
  return allowed;
}
