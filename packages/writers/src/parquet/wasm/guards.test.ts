import type { Schema } from '@tailrace/core/sink';
import { wasmMemory } from 'parquet-wasm';
import { describe, expect, it, vi } from 'vitest';
import { type TestColumn, testBatch, testSchema } from '../../testing/batches.js';
import { memorySink, openEncoder } from '../../testing/encode.js';
import { type ParquetFormatOptions, resolveParquetOptions } from '../options.js';
import parquetFormat from './module.js';
import { writerProperties } from './properties.js';
import { toWasmBatch } from './wasm-batch.js';
import { openWasmStream } from './wasm-stream.js';

// The fault of one test: batches that this asks to lose are emptied on their way into the engine.
const lose = vi.hoisted(() => ({ batches: 0 }));
vi.mock('./wasm-batch.js', async (original) => {
  const real = await original<typeof import('./wasm-batch.js')>();
  return {
    toWasmBatch: (data: Parameters<typeof real.toWasmBatch>[0]) => {
      const batch = real.toWasmBatch(data);
      if (lose.batches === 0) return batch;
      lose.batches -= 1;
      const empty = batch.slice(0, 0);
      batch.free();
      return empty;
    },
  };
});

const scrambled = (value: number): number => {
  const mixed = Math.imul(value + 1, 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b);
};
const rowsPerBatch = 5000;
const options: ParquetFormatOptions = resolveParquetOptions('out', {
  rowGroupRows: rowsPerBatch,
}).format;
/** Values that do not compress, as the engine keeps the last 8 KiB to itself. */
const columns = (offset: number): TestColumn[] => [
  {
    name: 'id',
    type: { kind: 'int32' },
    values: Array.from({ length: rowsPerBatch }, (_, row) => scrambled(offset + row)),
  },
];
const schema: Schema = testSchema(columns(0));
const batch = (number: number) => testBatch(columns(number * rowsPerBatch), schema);

describe('guards of parquet-wasm', () => {
  it('does not finish a valid short file when the source of batches fails at batch 5', async () => {
    const boom = new Error('batch 5 is broken');
    const out = memorySink();
    const stream = openWasmStream(writerProperties(options, schema, [], 2 ** 20), (bytes) =>
      out.write(bytes),
    );
    const feed = async (): Promise<void> => {
      for (let number = 0; number < 10; number++) {
        await stream.write(() => {
          if (number === 5) throw boom;
          return toWasmBatch(batch(number).data);
        });
      }
      await stream.finish();
    };
    await expect(feed()).rejects.toBe(boom);
    stream.abort(boom);
    await expect(stream.finish()).rejects.toBe(boom);
    expect(out.contents().subarray(-4).toString()).not.toBe('PAR1');
  });

  it('counts the rows in the footer and refuses a file that lost some', async () => {
    const out = memorySink();
    const encoder = await openEncoder(parquetFormat, options, schema, out);
    await encoder.write(batch(0));
    lose.batches = 1;
    await encoder.write(batch(1));
    await encoder.write(batch(2));
    await expect(encoder.finish()).rejects.toMatchObject({
      code: 'ENCODE_MISMATCH',
      context: { sent: 3 * rowsPerBatch, counted: 2 * rowsPerBatch },
    });
  });

  it('gives the memory of aborted files back to the engine', async () => {
    const abortOne = async (): Promise<void> => {
      const encoder = await openEncoder(
        parquetFormat,
        { ...options, rowGroupRows: 1e6 },
        schema,
        memorySink(),
      );
      for (let number = 0; number < 4; number++) await encoder.write(batch(number));
      await encoder.abort();
      await encoder.abort();
      await new Promise(setImmediate);
    };
    for (let round = 0; round < 10; round++) await abortOne();
    const before = wasmMemory().buffer.byteLength;
    for (let round = 0; round < 100; round++) await abortOne();
    expect(wasmMemory().buffer.byteLength - before).toBeLessThan(1e6);
  });
});
