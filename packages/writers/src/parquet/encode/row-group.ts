// Owns the row group that is open: the same rows of every column, until they are written column after column.
import { type BatchData, type Schema, TailraceError } from '@tailrace/core/sink';
import { type ColumnOptions, chosenByName } from '../column-options.js';
import { arena } from './arena.js';
import { chooseForms } from './choose.js';
import type { Codec } from './codec.js';
import { type ColumnChunk, type ColumnWriter, columnWriter, type PageChoices } from './column-chunk.js';

/** A column chunk in its place, as the footer names it. */
export interface PlacedChunk extends Omit<ColumnChunk, 'pieces' | 'columnIndex' | 'offsetIndex'> {
  /** Offsets in the file. */
  readonly offset: number;
  readonly dataOffset: number;
  readonly columnIndex: Uint8Array | undefined;
  readonly offsetIndex: Uint8Array | undefined;
}

/** What the footer says of a row group. */
export interface WrittenRowGroup {
  readonly rows: number;
  readonly chunks: readonly PlacedChunk[];
}

export interface RowGroup {
  /** Rows so far. */
  readonly rows: number;
  /** Encoded bytes that wait. */
  readonly bytes: number;
  /** Encodes rows of a batch, whose memory must stay as it is until `settle` or the end of the group is written. */
  add(data: BatchData, from: number, rows: number): void;
  /** Copies what still lies on memory of the batch. */
  settle(): void;
  /**
   * Ends the group: its bytes in order, valid until `release`. Throws ENCODE_MISMATCH where a column
   * has other rows than the rest.
   * @param offset where in the file it begins
   */
  end(offset: number): { readonly pieces: readonly Uint8Array[]; readonly group: WrittenRowGroup };
  /** Begins the next: the memory of the last is used again. */
  release(): void;
  /** Lets the memory go without using it again, as someone may still read it. */
  drop(): void;
}

export interface RowGroupInit {
  readonly schema: Schema;
  readonly codec: Codec;
  readonly codesEncoding: number;
  /** Integers and strings as differences, where there is no dictionary. */
  readonly deltas: boolean;
  /** What the pages of all columns have in common. */
  readonly pages?: PageChoices;
  /** What was asked for single columns. */
  readonly columns?: ColumnOptions;
}

export function rowGroup(init: RowGroupInit): RowGroup {
  const { schema, codec, codesEncoding, deltas, pages = {} } = init;
  const asked = chosenByName(init.columns);
  const memory = arena();
  const columns: ColumnWriter[] = schema.fields.map((field) =>
    columnWriter({
      field,
      codec,
      arena: memory,
      codesEncoding,
      pages: { ...pages, statistics: asked.get(field.name)?.statistics ?? pages.statistics ?? true },
    }),
  );
  let rows = 0;

  return {
    get rows() {
      return rows;
    },
    get bytes() {
      return columns.reduce((sum, column) => sum + column.bytes, 0);
    },
    add(data, from, count) {
      const forms = rows === 0 ? chooseForms(data, deltas, asked) : [];
      columns.forEach((writer, at) => {
        const column = data.columns[at];
        const chosen = forms[at];
        if (chosen !== undefined) writer.choose(chosen);
        if (column !== undefined) writer.add(column, from, count);
      });
      rows += count;
    },
    settle() {
      for (const column of columns) column.settle();
    },
    end(offset) {
      const pieces: Uint8Array[] = [];
      const chunks: PlacedChunk[] = [];
      let at = offset;
      for (const column of columns) {
        const { pieces: own, offsetIndex, ...chunk } = column.end();
        const dataOffset = at + (chunk.dictionary?.size ?? 0);
        chunks.push({ ...chunk, offset: at, dataOffset, offsetIndex: offsetIndex(dataOffset) });
        for (const piece of own) pieces.push(piece);
        at += chunk.compressedSize;
      }
      const group = { rows: rowsOf(chunks), chunks };
      rows = 0;
      return { pieces, group };
    },
    release: () => memory.clear(),
    drop: () => memory.drop(),
  };
}

/** From what the pages were given, column by column: what the footer says must not come from what was to be written. */
function rowsOf(chunks: readonly PlacedChunk[]): number {
  const counted = chunks.map(({ values }) => values);
  const rows = counted[0] ?? 0;
  if (counted.some((values) => values !== rows)) {
    throw new TailraceError(
      `The columns of a Parquet row group have ${counted.join(', ')} rows, which must be as many each; the ` +
        'file is discarded. Run again, and report this if it stays.',
      { code: 'ENCODE_MISMATCH', operation: 'end row group', context: { rows: counted.join(', ') } },
    );
  }
  return rows;
}
