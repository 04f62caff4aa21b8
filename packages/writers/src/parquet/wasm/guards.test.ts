import type { ByteSink, Schema } from '@tailrace/core/sink';
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

/** Fails on its n-th write, as a full disk does. */
function failingSink(onWrite: number, error: Error): ByteSink {
  let writes = 0;
  return {
    bytesWritten: 0,
    write: async () => {
      writes += 1;
      if (writes >= onWrite) throw error;
    },
  };
}

describe('parquet guards', () => {
  it('throws the error of the byte sink, which the engine swallows, and takes nothing more', async () => {
    const full = new Error('ENOSPC: no space left on device');
    const encoder = await openEncoder(parquetFormat, options, schema, failingSink(2, full));
    const write = async (): Promise<void> => {
      for (let number = 0; number < 10; number++) await encoder.write(batch(number));
    };
    await expect(write()).rejects.toBe(full);
    await expect(encoder.write(batch(3))).rejects.toBe(full);
    await expect(encoder.finish()).rejects.toBe(full);
    await encoder.abort();
  });

  it('throws the error of a byte sink that fails only on the footer', async () => {
    const full = new Error('ENOSPC: no space left on device');
    const encoder = await openEncoder(parquetFormat, options, schema, failingSink(3, full));
    await encoder.write(batch(0));
    await encoder.write(batch(1));
    await expect(encoder.finish()).rejects.toBe(full);
  });

  it('does not finish a valid short file when the source of batches fails at batch 5', async () => {
    const boom = new Error('batch 5 is broken');
    const out = memorySink();
    const stream = openWasmStream(writerProperties(options, [], 2 ** 20), (bytes) => out.write(bytes));
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

  it('refuses a batch of another schema before the engine can skip it', async () => {
    const encoder = await openEncoder(parquetFormat, options, schema, memorySink());
    await encoder.write(batch(0));
    const wrongType = testBatch([{ name: 'id', type: { kind: 'int64', js: 'bigint' }, values: [1] }]);
    const wrongName = testBatch([{ name: 'ident', type: { kind: 'int32' }, values: [1] }]);
    const nulls = testBatch([{ name: 'id', type: { kind: 'int32' }, values: [null] }], schema);
    for (const wrong of [wrongType, wrongName, nulls]) {
      await expect(encoder.write(wrong)).rejects.toMatchObject({
        code: 'SCHEMA_INVALID',
        status: 'permanent',
      });
    }
    await encoder.write(batch(1));
    expect(await encoder.finish()).toEqual({ rows: 2 * rowsPerBatch });
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

  it('makes write wait while the byte sink is slow', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let offered = 0;
    const slow: ByteSink = {
      bytesWritten: 0,
      write: async (bytes) => {
        offered += bytes.length;
        await gate;
      },
    };
    const encoder = await openEncoder(parquetFormat, options, schema, slow);
    let settled = false;
    const written = Promise.resolve(encoder.write(batch(0))).then(() => {
      settled = true;
    });
    for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate);
    expect({ settled, offered: offered > 0 }).toEqual({ settled: false, offered: true });
    open();
    await written;
    await encoder.write(batch(1));
    expect(await encoder.finish()).toEqual({ rows: 2 * rowsPerBatch });
  });

  it('aborts at once while the byte sink hangs, and the write under way rejects', async () => {
    const never: ByteSink = { bytesWritten: 0, write: () => new Promise(() => {}) };
    const encoder = await openEncoder(parquetFormat, options, schema, never);
    const written = encoder.write(batch(0));
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    const rejected = expect(written).rejects.toThrow(/aborted/);
    await encoder.abort();
    await rejected;
  });

  it('rejects with the reason of the signal while the byte sink hangs', async () => {
    const controller = new AbortController();
    const never: ByteSink = { bytesWritten: 0, write: () => new Promise(() => {}) };
    const encoder = await openEncoder(parquetFormat, options, schema, never, controller.signal);
    const reason = new Error('cancelled by the caller');
    const rejected = expect(encoder.write(batch(0))).rejects.toBe(reason);
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    controller.abort(reason);
    await rejected;
    await expect(encoder.finish()).rejects.toBe(reason);
    await encoder.abort();
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
