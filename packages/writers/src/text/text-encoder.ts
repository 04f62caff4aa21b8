// Owns the loop over the rows of a text file: it checks the schema, counts rows and hands blocks on. Cells are not its business.
import type { Batch, EncodeContext, Encoder, Schema } from '@tailrace/core/sink';
import { TailraceError } from '@tailrace/core/sink';
import { compressStage } from '../compress/compress-stage.js';
import type { Compression } from '../compress/compression.js';
import { ensureSchema } from '../schema-guard.js';
import { blockWriter } from './block-writer.js';
import { columnText } from './cells.js';
import type { ColumnText } from './column-text.js';
import type { Dialect } from './dialect.js';
import { rowFiller } from './fill-rows.js';
import { blockSize } from './text-block.js';
import { overrun } from './text-target.js';

export interface TextLayout {
  readonly dialect: Dialect;
  /** Written once, at the beginning of the file. */
  readonly head: Uint8Array;
  /** The columns in the order in which they are written; by default that of the schema. */
  readonly order?: readonly number[];
  /** Written before the cell of each column. */
  readonly before: readonly Uint8Array[];
  /** Written after the last cell of a row. */
  readonly after: Uint8Array;
  /** Whether compressing finds more than the long repetitions that keys make worth while. */
  readonly shortMatches: boolean;
}

/** An encoder of rows as text. `finish` counts the rows as they were written, one by one. */
export function textEncoder(context: EncodeContext<Compression>, layout: TextLayout): Encoder {
  const { out, options, schema, maxBufferedBytes, signal } = context;
  const blocks = blockWriter(
    compressStage(out, options, { maxBufferedBytes, shortMatches: layout.shortMatches }),
    blockSize(maxBufferedBytes),
  );
  const around = layout.after.length + overrun;
  blocks.current.restart(layout.head);
  const fillerOf = rowFiller(layout.after);
  let rows = 0;
  return {
    async write(batch: Batch<unknown>): Promise<void> {
      ensureSchema(schema, batch);
      const columns = columnsOf(schema, batch, layout, rows);
      const fill = fillerOf(columns);
      for (let row = 0; row < batch.rows; ) {
        signal.throwIfAborted();
        const block = blocks.current;
        const to = roomyRows(columns, row, Math.min(batch.rows, row + runRows), block.rowRoom - around);
        // A row that may not fit gets room of its own.
        if (to === row) block.reserve(rowBytes(columns, row) + around);
        const next = fill(block, row, Math.max(to, row + 1));
        rows += next - row;
        row = next;
        if (block.length >= block.fullAt) await blocks.handOn();
      }
    },
    async finish() {
      signal.throwIfAborted();
      await blocks.finish();
      return { rows };
    },
    abort: () => blocks.abort(),
    get encodedBytes() {
      return blocks.encodedBytes;
    },
  };
}

/** Rows that are asked at once how much room they need. */
const runRows = 256;

/** The end of a run of rows, each of which surely fits behind a block that is not full; `from` when not even one does. */
function roomyRows(columns: readonly ColumnText[], from: number, most: number, room: number): number {
  for (let to = most; to > from; to = from + ((to - from) >> 1)) {
    let sum = 0;
    for (const column of columns) sum += column.widest(from, to);
    if (sum <= room) return to;
  }
  return from;
}

function rowBytes(columns: readonly ColumnText[], row: number): number {
  let sum = 0;
  for (const column of columns) sum += column.bytes(row);
  return sum;
}

function columnsOf(
  schema: Schema,
  batch: Batch<unknown>,
  layout: TextLayout,
  rowsBefore: number,
): ColumnText[] {
  const columns = schema.fields.map((field, index) => {
    const column = batch.data.columns[index];
    const before = layout.before[index] as Uint8Array; // one for each column
    if (column !== undefined)
      return columnText({ field, rowsBefore }, column, batch.rows, layout.dialect, before);
    throw new TailraceError(
      `The batch has no buffers for column "${field.name}"; whoever made it must fix it.`,
      {
        code: 'SCHEMA_INVALID',
        operation: 'encode batch',
        context: { column: field.name },
      },
    );
  });
  // In range: numbers of columns.
  return layout.order?.map((at) => columns[at] as ColumnText) ?? columns;
}
