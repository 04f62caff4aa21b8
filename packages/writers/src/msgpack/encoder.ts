// Owns one open MessagePack file: its header, the loop over rows or columns, and the count of the rows that were written.
import { encode } from '@msgpack/msgpack';
import {
  type Batch,
  batchData,
  describeType,
  type EncodeContext,
  type Encoder,
  type Field,
  type InnerColumn,
  type Schema,
  TailraceError,
} from '@tailrace/core/sink';
import { compressStage } from '../compress/compress-stage.js';
import { ensureSchema } from '../schema-guard.js';
import { type BlockWriter, blockWriter } from '../text/block-writer.js';
import { blockSize } from '../text/text-block.js';
import { putArrayHead, putMapHead, putString } from './bytes.js';
import { mapOf, valuesOf } from './cells.js';
import type { MsgpackFormatOptions } from './options.js';

export function msgpackEncoder(context: EncodeContext<MsgpackFormatOptions>): Encoder {
  const { schema, options, out, maxBufferedBytes, signal } = context;
  const stage = compressStage(out, options, { maxBufferedBytes, shortMatches: true });
  const blocks = blockWriter(stage, blockSize(maxBufferedBytes));
  const isRows = options.layout === 'rows';
  blocks.current.restart(isRows ? new Uint8Array(0) : headerOf(schema));
  let rows = 0;

  const flushFull = async (): Promise<void> => {
    signal.throwIfAborted();
    if (blocks.current.length >= blocks.current.fullAt) await blocks.handOn();
  };

  return {
    async write(batch: Batch<unknown>): Promise<void> {
      signal.throwIfAborted();
      ensureSchema(schema, batch);
      const columns = columnsOf(schema, batch);
      rows += isRows
        ? await writeRows(blocks, columns, batch.rows, flushFull)
        : await writeColumns(blocks, columns, batch.rows, flushFull);
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

/** What `layout: 'columns'` begins with, also when no batch follows. */
function headerOf({ fields }: Schema): Uint8Array {
  const columns = fields.map(({ name, type, nullable }) => ({ name, type: describeType(type), nullable }));
  return encode({ tailrace: 1, columns });
}

type Flush = () => Promise<void>;

async function writeRows(
  blocks: BlockWriter,
  columns: readonly InnerColumn[],
  rows: number,
  flush: Flush,
): Promise<number> {
  const put = mapOf(columns);
  let row = 0;
  for (; row < rows; row++) {
    const block = blocks.current;
    putMapHead(block, columns.length);
    put(block, row);
    if (block.length >= block.fullAt) await flush();
  }
  return row;
}

async function writeColumns(
  blocks: BlockWriter,
  columns: readonly InnerColumn[],
  rows: number,
  flush: Flush,
): Promise<number> {
  putMapHead(blocks.current, columns.length);
  for (const { field, column } of columns) {
    const put = valuesOf(field, column, rows);
    putString(blocks.current, new TextEncoder().encode(field.name));
    putArrayHead(blocks.current, rows);
    for (let row = 0; row < rows; row++) {
      const block = blocks.current;
      put(block, row);
      if (block.length >= block.fullAt) await flush();
    }
  }
  return rows;
}

function columnsOf({ fields }: Schema, batch: Batch<unknown>): InnerColumn[] {
  const { columns, rows } = batchData(batch);
  return fields.map((field: Field, at) => {
    const column = columns[at];
    if (column !== undefined) return { field, column, rows };
    throw new TailraceError(
      `The batch has no buffers for column "${field.name}"; whoever made it must fix it.`,
      { code: 'SCHEMA_INVALID', operation: 'encode batch', context: { column: field.name } },
    );
  });
}
