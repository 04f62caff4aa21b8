// The parts of a batch whose buffers are compressed: all rows in order, within the memory there is.
import { randomBytes } from 'node:crypto';
import { batchData, type ColumnData, type DataType } from '@tailrace/core/sink';
import { MessageReader } from 'apache-arrow';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { testBatch, testSchema } from '../testing/batches.js';
import { memorySink, openEncoder } from '../testing/encode.js';
import arrowFormat from './module.js';
import { resolveArrowOptions } from './options.js';
import { partsWithin } from './parts-within.js';

const int64: DataType = { kind: 'int64', js: 'bigint' };
const columnsOf = (texts: readonly (string | null)[]) => [
  { name: 'i', type: int64, values: texts.map((_, row) => BigInt(row)) },
  { name: 's', type: { kind: 'utf8' } as DataType, nullable: true, values: texts },
];

describe('parts of a batch that is compressed', () => {
  it('are all of its rows in order, each of a third of the memory at most or of one row', () => {
    const word = fc.option(fc.oneof(fc.string({ maxLength: 9 }), fc.constant('long'.repeat(200))));
    fc.assert(
      fc.property(
        fc.array(word, { maxLength: 60 }),
        fc.integer({ min: 1, max: 4_000 }),
        (texts, maxBytes) => {
          const parts = [...partsWithin(batchData(testBatch(columnsOf(texts))), maxBytes)];
          const rows = parts.flatMap(({ columns, rows }) =>
            // The first column is there, and holds int64.
            [...((columns[0] as ColumnData).values as BigInt64Array).subarray(0, rows)].map(Number),
          );
          expect(rows).toEqual(texts.map((_, row) => row));
          for (const { rows, columns } of parts) {
            const bytes = columns.reduce(
              (sum, { values, offsets, validity }) =>
                sum + values.byteLength + (offsets?.byteLength ?? 0) + (validity?.byteLength ?? 0),
              0,
            );
            if (rows > 1) expect(bytes).toBeLessThanOrEqual(maxBytes / (parts.length > 1 ? 3 : 2));
          }
        },
      ),
    );
  });

  it.each(['file', 'stream'] as const)('keep what is packed of a %s within the memory it has', async (as) => {
    const texts = Array.from({ length: 4_000 }, () => randomBytes(60).toString('latin1'));
    const columns = columnsOf(texts);
    const schema = testSchema(columns);
    const options = resolveArrowOptions('out', { as, buffers: 'zstd' });
    const most = 200_000;
    const out = memorySink();
    const encoder = await openEncoder(arrowFormat, options, schema, out, undefined, most);
    await encoder.write(testBatch(columns, schema));
    expect(await encoder.finish()).toEqual({ rows: 4_000 });
    const bytes = Buffer.from(out.contents());
    const bodies: number[] = [];
    const messages = new MessageReader(as === 'file' ? bytes.subarray(8) : bytes);
    for (const message of messages) {
      bodies.push(message.bodyLength);
      messages.readMessageBody(message.bodyLength);
    }
    expect(bodies.length).toBeGreaterThan(5);
    expect(Math.max(...bodies)).toBeLessThan(most / 2);
    const polars = await import('nodejs-polars');
    const frame = as === 'file' ? polars.readIPC(bytes) : polars.readIPCStream(bytes);
    expect(frame.getColumn('s').toArray()).toEqual(texts);
  });
});
