// Owns the loop over the rows of a text file: it checks the schema, counts rows and hands blocks on. Cells are not its business.
import type { Batch, EncodeContext, Encoder, Schema } from '@tailrace/core/sink';
import { TailraceError } from '@tailrace/core/sink';
import { gzipStage, plainStage } from '../compress/gzip.js';
import { ensureSchema } from '../schema-guard.js';
import { blockBytes, blockWriter } from './block-writer.js';
import { type Cell, cellWriter, type Dialect } from './cells.js';
import type { TextBuffer } from './text-buffer.js';

export interface TextLayout {
  readonly dialect: Dialect;
  /** Written once, at the beginning of the file. */
  readonly head: Uint8Array;
  /** Written before the cell of each column. */
  readonly before: readonly Uint8Array[];
  /** Written after the last cell of a row. */
  readonly after: Uint8Array;
}

export interface TextCompression {
  readonly compression: 'none' | 'gzip';
  readonly level: number;
}

/** An encoder of rows as text. `finish` counts the rows as they were written, one by one. */
export function textEncoder(context: EncodeContext<TextCompression>, layout: TextLayout): Encoder {
  const { out, options, schema, signal } = context;
  const blocks = blockWriter(
    options.compression === 'gzip' ? gzipStage(out, options.level) : plainStage(out),
  );
  blocks.current.copy(layout.head, 0, layout.head.length);
  let rows = 0;
  return {
    async write(batch: Batch<unknown>): Promise<void> {
      ensureSchema(schema, batch);
      const cells = columnCells(schema, batch, layout.dialect, rows);
      let row = 0;
      while (row < batch.rows) {
        signal.throwIfAborted();
        const next = fillBlock(blocks.current, layout, cells, row, batch.rows);
        rows += next - row;
        row = next;
        if (blocks.current.length >= blockBytes) await blocks.handOn();
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

/** Writes rows from `from` until the block is full or `to` is reached; returns the row after the last one. */
function fillBlock(
  block: TextBuffer,
  layout: TextLayout,
  cells: readonly Cell[],
  from: number,
  to: number,
): number {
  const { before, after } = layout;
  let row = from;
  for (; row < to && block.length < blockBytes; row++) {
    for (let column = 0; column < cells.length; column++) {
      const lead = before[column] as Uint8Array; // one for each column
      block.copy(lead, 0, lead.length);
      (cells[column] as Cell)(block, row); // in range
    }
    block.copy(after, 0, after.length);
  }
  return row;
}

function columnCells(schema: Schema, batch: Batch<unknown>, dialect: Dialect, rowsBefore: number): Cell[] {
  return schema.fields.map((field, index) => {
    const column = batch.data.columns[index];
    if (column !== undefined) return cellWriter({ field, rowsBefore }, column, dialect);
    throw new TailraceError(
      `The batch has no buffers for column "${field.name}"; whoever made it must fix it.`,
      {
        code: 'SCHEMA_INVALID',
        operation: 'encode batch',
        context: { column: field.name },
      },
    );
  });
}
