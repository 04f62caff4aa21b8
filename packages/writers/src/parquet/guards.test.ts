// What the two streaming engines do with byte sinks that fail, wait or hang, and with batches of another schema.
import type { ByteSink, Schema } from '@tailrace/core/sink';
import { describe, expect, it } from 'vitest';
import { type TestColumn, testBatch, testSchema } from '../testing/batches.js';
import { memorySink, openEncoder } from '../testing/encode.js';
import ownFormat from './module.js';
import { type ParquetFormatOptions, resolveParquetOptions } from './options.js';
import wasmFormat from './wasm/module.js';

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

/** Fails on the first write that `isLast` names, as a disk does that is full by then, and on all after it. */
function failingSink(isLast: (bytes: Uint8Array, write: number) => boolean, error: Error): ByteSink {
  let writes = 0;
  let failed = false;
  return {
    bytesWritten: 0,
    write: async (bytes) => {
      writes += 1;
      failed ||= isLast(bytes, writes);
      if (failed) throw error;
    },
  };
}
const isFooter = (bytes: Uint8Array): boolean =>
  bytes.length > 4 && Buffer.from(bytes.subarray(-4)).toString() === 'PAR1';

describe.each([
  { engine: 'tailrace', parquetFormat: ownFormat },
  { engine: 'parquet-wasm', parquetFormat: wasmFormat },
])('parquet guards ($engine)', ({ parquetFormat }) => {
  it('throws the error of the byte sink and takes nothing more', async () => {
    const full = new Error('ENOSPC: no space left on device');
    const encoder = await openEncoder(
      parquetFormat,
      options,
      schema,
      failingSink((_, write) => write === 2, full),
    );
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
    const encoder = await openEncoder(parquetFormat, options, schema, failingSink(isFooter, full));
    await encoder.write(batch(0));
    await encoder.write(batch(1));
    await expect(encoder.finish()).rejects.toBe(full);
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
});
