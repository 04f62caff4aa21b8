// Owns one open Parquet file of our own encoder: where row groups end, and the proof that all rows came out.
import {
  type Batch,
  type BatchData,
  batchData,
  type EncodeContext,
  type Encoder,
  TailraceError,
} from '@tailrace/core/sink';
import { delivery } from '../../delivery.js';
import { ensureSchema } from '../../schema-guard.js';
import { fieldIdsOf } from '../column-options.js';
import { isOwn } from '../compression.js';
import { crumbs, feedThrough } from '../crumbs.js';
import { footerRows } from '../footer.js';
import type { ParquetFormatOptions } from '../options.js';
import { rawBytesOf } from '../raw-bytes.js';
import { sortGuard } from '../sort-guard.js';
import { storable, storableSchema } from '../storable.js';
import { arrowSchema, arrowSchemaKey } from './arrow-schema.js';
import { codecFor } from './codec.js';
import type { PageChoices } from './column-chunk.js';
import { createdBy } from './created-by.js';
import { fileEnd, magic } from './file-metadata.js';
import { encodings } from './format-numbers.js';
import { rowGroup, type WrittenRowGroup } from './row-group.js';
import { storedColumn } from './storage.js';

/** A row group ends early at this size even where more may be held, so that readers can hold it. */
const maxRowGroupBytes = 32 * 1024 * 1024;
/** Encoded bytes per raw byte, taken until there is a better figure. */
const firstRatio = 0.5;

export async function parquetEncoder(context: EncodeContext<ParquetFormatOptions>): Promise<Encoder> {
  const { schema, options, out, maxBufferedBytes, signal } = context;
  const { compression, rowGroupRows } = options;
  if (!isOwn(compression)) throw noCodec(compression);
  const codec = await codecFor(compression, options.level);
  const stored = storableSchema(schema);
  // Crumbs wait beside the row group: both together stay within what may be held back.
  const crumbBytes = Math.floor(maxBufferedBytes / 4);
  const gathered = crumbs(stored, crumbBytes);
  const maxGroupBytes = Math.min(options.rowGroupBytes ?? maxRowGroupBytes, maxBufferedBytes - crumbBytes);
  const isBasic = options.encodings === 'basic';
  const group = rowGroup({
    schema: stored,
    codec,
    codesEncoding: isBasic ? encodings.plainDictionary : encodings.rleDictionary,
    deltas: !isBasic,
    pages: pageChoices(options),
    ...(options.columns === undefined ? {} : { columns: options.columns }),
  });
  const guard = options.sortedBy === undefined ? undefined : sortGuard(stored, options.sortedBy);
  const written: WrittenRowGroup[] = [];
  const file = delivery(out, signal);
  let rows = 0;
  let rawBytes = 0;

  const flush = async (): Promise<void> => {
    if (file.bytes === 0) await file.write(magic);
    const { pieces, group: ended } = group.end(file.bytes);
    written.push(ended);
    for (const piece of pieces) await file.write(piece);
    group.release();
  };

  const feed = async (given: BatchData): Promise<void> => {
    rawBytes += rawBytesOf(given);
    const data = storedData(given);
    for (let from = 0; from < data.rows; ) {
      const count = Math.min(data.rows - from, rowGroupRows - group.rows);
      group.add(data, from, count);
      from += count;
      if (group.rows === rowGroupRows || (from === data.rows && group.bytes >= maxGroupBytes)) await flush();
    }
    group.settle();
  };

  return {
    async write(batch: Batch<unknown>): Promise<void> {
      file.ensureOpen();
      ensureSchema(schema, batch);
      const data = storable(batchData(batch), stored);
      guard?.check(data);
      rows += data.rows;
      await file.attempt(() => feedThrough(gathered, data, feed));
    },
    async finish() {
      file.ensureOpen();
      return file.attempt(async () => {
        if (gathered.rows > 0) await feed(gathered.take());
        if (group.rows > 0) await flush();
        if (file.bytes === 0) await file.write(magic);
        const metadata = {
          schema: stored,
          compression,
          groups: written,
          keyValues: new Map([...(options.metadata ?? []), [arrowSchemaKey, arrowSchema(stored)]]),
          createdBy: options.createdBy ?? createdBy,
          fieldIds: fieldIdsOf(options.columns),
          ...(guard === undefined ? {} : { sorting: guard.columns }),
        };
        const end = fileEnd(metadata, file.bytes);
        await file.write(end);
        file.close();
        const counted = footerRows(end);
        if (counted !== rows) throw mismatch(rows, counted);
        return { rows: counted };
      });
    },
    abort() {
      // Someone may still read what was handed over last, so that memory is not used again.
      group.drop();
      file.abort();
    },
    get encodedBytes() {
      const encoded = file.bytes + group.bytes;
      const ratio = rawBytes > 0 ? encoded / rawBytes : firstRatio;
      return Math.round(encoded + gathered.bytes * ratio);
    },
  };
}

function storedData(data: BatchData): BatchData {
  const { fields } = data.schema;
  const columns = data.columns.map((column, at) => {
    const field = fields[at];
    return field === undefined ? column : storedColumn(column, field.type);
  });
  return { ...data, columns };
}

function pageChoices({ pageVersion, statistics, pageIndex }: ParquetFormatOptions): PageChoices {
  return {
    ...(pageVersion === undefined ? {} : { version: pageVersion }),
    ...(statistics === undefined ? {} : { statistics }),
    ...(pageIndex === undefined ? {} : { pageIndex }),
  };
}

function noCodec(compression: string): TailraceError {
  return new TailraceError(
    `The engine tailrace has no codec ${compression}. Declare the output with parquet(...), which chooses an engine that has.`,
    { code: 'PLAN_INVALID', operation: 'open parquet file', context: { compression } },
  );
}

function mismatch(sent: number, counted: number): TailraceError {
  return new TailraceError(
    `The Parquet encoder was given ${sent} rows and wrote ${counted}; the file is discarded. Run again, and ` +
      'report this if it stays.',
    { code: 'ENCODE_MISMATCH', operation: 'verify parquet file', context: { sent, counted } },
  );
}
