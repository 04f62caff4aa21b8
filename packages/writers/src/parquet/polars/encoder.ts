// Owns one open Parquet file of polars, which writes whole tables only: all rows wait until the file ends.
import {
  type Batch,
  batchData,
  type EncodeContext,
  type Encoder,
  ipcStreamWith,
  TailraceError,
} from '@tailrace/core/sink';
import * as arrow from 'apache-arrow';
import { delivery } from '../../delivery.js';
import { ensureSchema } from '../../schema-guard.js';
import type { ParquetCompression } from '../compression.js';
import { crumbs } from '../crumbs.js';
import { footerRows } from '../footer.js';
import type { ParquetFormatOptions } from '../options.js';
import { rawBytesOf } from '../raw-bytes.js';
import { storable, storableSchema } from '../storable.js';

/** The half of what may be held back is for rows, the other for the Arrow stream that is made of them. */
const share = 0.5;

const compressions: Record<
  ParquetCompression,
  'uncompressed' | 'snappy' | 'gzip' | 'brotli' | 'zstd' | 'lz4'
> = {
  none: 'uncompressed',
  snappy: 'snappy',
  gzip: 'gzip',
  brotli: 'brotli',
  zstd: 'zstd',
  lz4_raw: 'lz4',
};

export async function polarsEncoder(context: EncodeContext<ParquetFormatOptions>): Promise<Encoder> {
  const { schema, options, out, maxBufferedBytes, signal } = context;
  const { default: polars } = await import('nodejs-polars');
  const stored = storableSchema(schema);
  const file = delivery(out, signal);
  const limit = Math.floor(maxBufferedBytes * share);
  const held = crumbs(stored);
  let bytes = 0;

  return {
    write(batch: Batch<unknown>): void {
      file.ensureOpen();
      ensureSchema(schema, batch);
      const data = storable(batchData(batch), stored);
      bytes += rawBytesOf(data);
      // A first batch is taken whatever its size, as one that is larger than what may be held is for every format.
      if (bytes > limit && held.rows > 0) throw tooLarge(limit);
      held.add(data);
    },
    async finish() {
      file.ensureOpen();
      return file.attempt(async () => {
        const { rows } = held;
        const table = polars.readIPCStream(Buffer.from(ipcStreamWith(arrow, [held.take()], stored)));
        const made = table.writeParquet({ compression: compressions[options.compression] });
        await file.write(made);
        file.close();
        const counted = footerRows(made);
        if (counted !== rows) throw mismatch(rows, counted);
        return { rows: counted };
      });
    },
    abort: () => file.abort(),
    get encodedBytes() {
      return Math.max(file.bytes, bytes);
    },
  };
}

function tooLarge(limit: number): TailraceError {
  return new TailraceError(
    `The engine polars holds a whole file in memory, and this one has more than the ${limit} bytes of rows ` +
      'that it may hold: half of reserveBytes. Set maxPartBytes below that, raise reserveBytes, or leave out the ' +
      'option engine.',
    { code: 'PLAN_INVALID', operation: 'encode parquet', context: { limit } },
  );
}

function mismatch(sent: number, counted: number): TailraceError {
  return new TailraceError(
    `polars was given ${sent} rows and wrote ${counted}; the file is discarded. Run again, and report this if it stays.`,
    { code: 'ENCODE_MISMATCH', operation: 'verify parquet file', context: { sent, counted } },
  );
}
