import { beforeEach, describe, expect, it, vi } from 'vitest';
import { defineSchema, type Schema, utf8 } from '../../batch/schema.js';
import type { Prepared } from '../sink.js';
import { type FileSinkOptions, fileSink } from './file-sink.js';
import { type TestRow, testBatch, testSchema, valuesIn } from './file-sink-fixtures.js';
import { linesFormat } from './lines-format.js';
import { type MemoryStore, memoryStore } from './memory-store.js';
import fileSinkModule from './module.js';
import type { FileSinkSettings } from './settings.js';

const slot = 'tailrace.module.test';
const world = globalThis as typeof globalThis & Record<string, unknown>;
const moduleUrl = (name: string): string =>
  `data:text/javascript,export default globalThis['${slot}'].${name}`;
// The store is behind a module that is loaded once, so the double of each test is reached through it.
let store: MemoryStore;
beforeEach(() => {
  store = memoryStore();
  world[slot] = {
    store: Object.fromEntries(
      Object.keys(store.definition).map((key) => [
        key,
        key === 'name' ? 'memory' : (context: never) => store.definition[key as 'begin'](context),
      ]),
    ),
    format: linesFormat,
    nothing: {},
  };
});

const signal = new AbortController().signal;
const info = { runId: 'r1', output: 'routes' };

function settings(path = '/out/routes', options: FileSinkOptions<TestRow> = {}): FileSinkSettings {
  const sink = fileSink<TestRow>(path, {
    name: 'lines',
    format: { url: moduleUrl('format'), options: {} },
    store: { url: moduleUrl('store'), options: {} },
    ...options,
  });
  return sink.module.options as FileSinkSettings;
}

async function write(
  options: FileSinkSettings,
  number: number,
  rows: readonly [number, number] | undefined,
  { attempt = 1, schema = testSchema }: { attempt?: number; schema?: Schema } = {},
): Promise<Prepared<undefined>> {
  const context = {
    ...info,
    options,
    schema,
    staging: { store: { runId: 'r1', base: 0 }, notes: [] },
    write: number,
    attempt,
    signal,
  };
  const writer = await fileSinkModule.open(context);
  if (rows !== undefined)
    await writer.write(testBatch(rows[0], rows[1], (v) => (v % 2 === 0 ? 'even' : 'odd')));
  return writer.prepare();
}

const commitContext = (
  options: FileSinkSettings,
  prepared: readonly Prepared<undefined>[],
  schema: Schema = testSchema,
) => ({
  ...info,
  options,
  schema,
  staging: { store: { runId: 'r1', base: 0 }, notes: [] },
  prepared,
  signal,
});

describe('the file sink', () => {
  it('publishes the files of all writes as one manifest', async () => {
    const options = settings('/out/routes', { partitionBy: ['p'] });
    expect(await fileSinkModule.begin({ ...info, options, signal })).toEqual({
      skip: false,
      staging: { store: { runId: 'r1', base: 0 }, notes: [] },
    });
    const prepared = [await write(options, 0, [0, 3]), await write(options, 1, [3, 5])];
    expect(store.published.size).toBe(0);
    const committed = await fileSinkModule.commit(commitContext(options, prepared));
    expect(committed).toEqual({
      rows: 5,
      bytes: prepared.reduce((sum, { bytes }) => sum + bytes, 0),
      files: 4,
    });
    expect([...store.published.values()].flatMap(valuesIn).sort()).toEqual([0, 1, 2, 3, 4]);
    expect(store.manifest).toMatchObject({
      version: 1,
      runId: 'r1',
      output: 'routes',
      format: 'lines',
      schema: 'p utf8?, v int32',
      partitionBy: ['p'],
      rows: 5,
    });
  });

  it('tells the store what will be written before anything is, and each encoder its share of the reserve', async () => {
    const options = settings('/out/routes', { partitionBy: ['p'], maxOpenPartitions: 2, reserveBytes: 1000 });
    const given: unknown[] = [];
    world[slot] = {
      ...(world[slot] as object),
      format: {
        ...linesFormat,
        open: (context: Parameters<typeof linesFormat.open>[0]) => {
          given.push(context.maxBufferedBytes);
          return linesFormat.open(context);
        },
      },
    };
    const shared = { ...options, format: { url: `${moduleUrl('format')}//share`, options: {} } };
    const begun = vi.spyOn(store.definition, 'begin');
    await fileSinkModule.begin({ ...info, options: shared, signal });
    expect(begun.mock.calls[0]?.[0].target.content).toEqual({ format: 'lines', partitionBy: ['p'] });
    await write(shared, 0, [0, 4]);
    expect(given).toEqual([shared.maxBufferedBytes, shared.maxBufferedBytes]);
    expect(shared.maxBufferedBytes).toBe((1000 + 16 * 2 ** 20) / 2);
  });

  it('skips what the store says is there already', async () => {
    const options = settings('/out/routes', { mode: 'ignore' });
    await fileSinkModule.commit(commitContext(options, [await write(options, 0, [0, 1])]));
    expect(await fileSinkModule.begin({ ...info, options, signal })).toEqual({ skip: true });
  });

  it('gives a single file its own name on every attempt', async () => {
    const options = settings('/out/daily.jsonl');
    const prepared = await write(options, 0, [0, 2]);
    expect(prepared.files.map((file) => file.path)).toEqual(['daily.jsonl']);
    expect(await fileSinkModule.commit(commitContext(options, [prepared]))).toMatchObject({
      files: 1,
      rows: 2,
    });
  });

  it('never gives two attempts or writes the same file', async () => {
    const options = settings();
    await write(options, 0, [0, 1]);
    await write(options, 0, [0, 1], { attempt: 2 });
    await write(options, 1, [1, 2]);
    expect(new Set(store.created).size).toBe(3);
  });

  it('answers verify with what is published, or with nothing', async () => {
    const options = settings();
    const context = commitContext(options, [await write(options, 0, [0, 2])]);
    expect(await fileSinkModule.verify?.(context)).toBeUndefined();
    await fileSinkModule.commit(context);
    expect(await fileSinkModule.verify?.(context)).toMatchObject({ rows: 2, files: 1 });
  });

  it('clears the staging on abort, again and again', async () => {
    const options = settings();
    await write(options, 0, [0, 2]);
    const context = { ...info, options, staging: { store: { runId: 'r1', base: 0 }, notes: [] } };
    await fileSinkModule.abort(context);
    await fileSinkModule.abort(context);
    expect(store.staged.size).toBe(0);
  });
});

describe('an output without rows', () => {
  const noColumns: Schema = { fields: [] };

  it('is an empty directory when no columns are known or it is partitioned, else one file that shows the columns', async () => {
    const plain = settings();
    const partitioned = settings('/out/routes', { partitionBy: ['p'] });
    const single = settings('/out/a.jsonl');
    const filesOf = async (options: FileSinkSettings, schema: Schema): Promise<number> => {
      await fileSinkModule.check?.({ ...info, options, schema });
      return (await write(options, 0, undefined, { schema })).files.length;
    };
    expect(await filesOf(plain, noColumns)).toBe(0);
    expect(await filesOf(partitioned, noColumns)).toBe(0);
    expect(await filesOf(plain, testSchema)).toBe(1);
    expect(await filesOf(partitioned, testSchema)).toBe(0);
    expect(await filesOf(single, noColumns)).toBe(1);
  });

  it('is committed like any other', async () => {
    const options = settings();
    const prepared = await write(options, 0, undefined, { schema: noColumns });
    expect(await fileSinkModule.commit(commitContext(options, [prepared], noColumns))).toEqual({
      rows: 0,
      bytes: 0,
      files: 0,
    });
    expect(store.manifest?.files).toEqual([]);
  });
});

describe('what the file sink refuses', () => {
  const refusal = (code: string, message: string) =>
    expect.objectContaining({ code, message: expect.stringContaining(message) });

  it('partition columns that are missing, naming those that are there', async () => {
    const options = settings('/out/routes', { partitionBy: ['p'] });
    const schema = defineSchema({ a: utf8(), b: utf8() });
    await expect(fileSinkModule.check?.({ ...info, options, schema })).rejects.toEqual(
      refusal('SCHEMA_INVALID', 'partitioned by p, but its columns are a utf8, b utf8'),
    );
  });

  it('partitioning by all columns', async () => {
    const options = settings('/out/routes', { partitionBy: ['p', 'v'] });
    await expect(fileSinkModule.check?.({ ...info, options, schema: testSchema })).rejects.toEqual(
      refusal('SCHEMA_INVALID', 'all of its columns'),
    );
  });

  it('a module that is not there or not a format, before anything is begun', async () => {
    for (const url of ['file:///nowhere/format.js', moduleUrl('nothing'), moduleUrl('store')]) {
      const options = settings('/out/routes');
      const broken = { ...options, format: { url, options: {} } };
      await expect(fileSinkModule.begin({ ...info, options: broken, signal })).rejects.toMatchObject({
        code: 'MODULE_INVALID',
      });
    }
    expect(store.manifest).toBeUndefined();
  });

  it('to publish writes whose files do not add up', async () => {
    const options = settings();
    const prepared = await write(options, 0, [0, 2]);
    for (const wrong of [[{ ...prepared, rows: 3 }], [prepared, prepared], [{ ...prepared, files: [] }]]) {
      await expect(fileSinkModule.commit(commitContext(options, wrong))).rejects.toMatchObject({
        code: 'ENCODE_MISMATCH',
      });
    }
    expect(store.published.size).toBe(0);
  });

  it('two files for a target that is one file', async () => {
    const options = settings('/out/a.jsonl');
    const prepared = await write(options, 0, [0, 2]);
    const [file] = prepared.files;
    const two = [prepared, { ...prepared, files: file === undefined ? [] : [{ ...file, path: 'b.jsonl' }] }];
    await expect(fileSinkModule.commit(commitContext(options, two))).rejects.toMatchObject({
      code: 'ENCODE_MISMATCH',
    });
  });

  it('partitions of two writes that are one directory elsewhere', async () => {
    const options = settings('/out/routes', { partitionBy: ['p'] });
    const one = await write(options, 0, [0, 1]);
    const other = {
      ...one,
      files: one.files.map((file) => ({ ...file, path: file.path.replace('p=even', 'p=EVEN') })),
    };
    await expect(fileSinkModule.commit(commitContext(options, [one, other]))).rejects.toMatchObject({
      code: 'VALUE_INVALID',
    });
  });
});
