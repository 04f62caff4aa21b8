// What the writers have written, the sources read back: random tables of every type, with the same columns and the same values.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataset, schemaFrom } from '@tailrace/adapters/sources';
import {
  type DataType,
  type Field,
  fromIterable,
  pipeline,
  type Schema,
  type Sink,
  type Source,
} from '@tailrace/core';
import { arrow, csv, msgpack, ndjson, parquet } from '@tailrace/writers';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anyTables, flatTypes, rowsOf } from '../support/any-tables.js';

type Row = Readonly<Record<string, unknown>>;

const seed = Number(process.env.TAILRACE_FUZZ_SEED ?? 20_261_126);
const numRuns = Number(process.env.TAILRACE_TABLES ?? 30);

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-types-back-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(fields: readonly Field[], rows: readonly Row[], sink: Sink<Row>): Promise<void> {
  const schema: Schema<Row> = { fields };
  const run = pipeline('write', (flow) => {
    flow.write('table', flow.source('rows', fromIterable(rows), { schema }), sink);
  }).run({ workers: 0 });
  await run.completed;
}

async function readAll(source: Source<object>): Promise<object[]> {
  const rows: object[] = [];
  for await (const chunk of source.open(new AbortController().signal)) rows.push(...chunk);
  return rows;
}

/** Seconds are milliseconds in Parquet, which otherwise has them as they are. */
function inParquet({ type, ...field }: Field): Field {
  const stored = (of: DataType): DataType => {
    switch (of.kind) {
      case 'timestamp':
      case 'time':
      case 'duration':
        return of.unit === 's' ? { ...of, unit: 'ms' } : of;
      case 'list':
      case 'fixed_list':
        return { ...of, item: inParquet(of.item) };
      case 'struct':
        return { ...of, fields: of.fields.map(inParquet) };
      case 'map':
        return { ...of, key: inParquet(of.key), value: inParquet(of.value) };
      default:
        return of;
    }
  };
  return { ...field, type: stored(type) };
}

const compressions = fc.constantFrom('none' as const, 'gzip' as const, 'brotli' as const, 'zstd' as const);

describe('tables of any types', () => {
  let runs = 0;

  test('are read back from Parquet as they were written', { timeout: 300_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anyTables(), fc.integer({ min: 1, max: 40 }), async (recipe, rowGroupRows) => {
        runs += 1;
        const path = join(folder, `parquet-${runs}`);
        const rows = rowsOf(recipe);
        await write(recipe.fields, rows, parquet(path, { rowGroupRows }));
        const dataset = await openDataset(path, { chunkRows: 7 });
        expect(dataset.schema?.fields).toEqual(recipe.fields);
        expect(await readAll(dataset)).toEqual(rows);
        const [part] = dataset.files;
        if (part !== undefined)
          expect((await schemaFrom(part.path)).fields).toEqual(recipe.fields.map(inParquet));
        await rm(path, { recursive: true });
      }),
      { seed, numRuns },
    );
  });

  test('are read back from Arrow as they were written', { timeout: 300_000 }, async () => {
    // What is compressed as a whole cannot be read from its footer.
    const options = fc.oneof(
      fc.constant({ as: 'file' as const }),
      fc.record({ as: fc.constant('stream' as const), compression: compressions }),
    );
    await fc.assert(
      fc.asyncProperty(anyTables(), options, async (recipe, given) => {
        runs += 1;
        const path = join(folder, `arrow-${runs}`);
        const rows = rowsOf(recipe);
        await write(recipe.fields, rows, arrow(path, { ...given, dictionaries: 'keep' }));
        const dataset = await openDataset(path, { chunkRows: 7 });
        expect(dataset.schema?.fields).toEqual(recipe.fields);
        expect(await readAll(dataset)).toEqual(rows);
        const [part] = dataset.files;
        if (part !== undefined) expect((await schemaFrom(part.path)).fields).toEqual(recipe.fields);
        await rm(path, { recursive: true });
      }),
      { seed, numRuns },
    );
  });

  test('are read back from MessagePack as they were written', { timeout: 300_000 }, async () => {
    const options = fc.record({
      layout: fc.constantFrom('rows' as const, 'columns' as const),
      compression: compressions,
    });
    await fc.assert(
      fc.asyncProperty(anyTables(), options, async (recipe, given) => {
        runs += 1;
        const path = join(folder, `msgpack-${runs}`);
        const rows = rowsOf(recipe);
        await write(recipe.fields, rows, msgpack(path, given));
        const dataset = await openDataset(path, { chunkRows: 7 });
        expect(dataset.schema?.fields).toEqual(recipe.fields);
        expect(await readAll(dataset)).toEqual(rows);
        await rm(path, { recursive: true });
      }),
      { seed, numRuns },
    );
  });

  test('are read back from NDJSON as they were written', { timeout: 300_000 }, async () => {
    const options = fc.record({
      binary: fc.constantFrom('base64' as const, 'hex' as const),
      keyOrder: fc.constantFrom('schema' as const, 'sorted' as const),
      compression: compressions,
    });
    await fc.assert(
      fc.asyncProperty(anyTables(), options, async (recipe, given) => {
        runs += 1;
        const path = join(folder, `ndjson-${runs}`);
        const rows = rowsOf(recipe);
        // The tables have 64-bit integers beyond 2^53, NaN and infinities, for which JSON has no numbers.
        await write(recipe.fields, rows, ndjson(path, { ...given, bigint: 'string', nonFinite: 'string' }));
        const dataset = await openDataset(path, { chunkRows: 7 });
        expect(dataset.schema?.fields).toEqual(recipe.fields);
        expect(await readAll(dataset)).toEqual(rows);
        await rm(path, { recursive: true });
      }),
      { seed, numRuns },
    );
  });

  test('of columns with nothing within are read back from CSV as they were written', {
    timeout: 300_000,
  }, async () => {
    const dialects = fc.constantFrom(
      { timestamps: 'iso', dates: 'iso' } as const,
      { timestamps: 'sql', dates: 'iso', quotes: 'all' } as const,
      { timestamps: 'count', dates: 'count', delimiter: ';', decimalSeparator: ',' } as const,
      { header: false, lineEnding: 'crlf', quotes: 'nonNumeric' } as const,
    );
    // With a text for null, tables of one column can have nulls, too.
    const options = fc.record({ nullText: fc.constant('\\N'), compression: compressions });
    const tables = anyTables(
      fc.oneof(flatTypes, fc.constantFrom<DataType>({ kind: 'dictionary' }, { kind: 'null' })),
    );
    await fc.assert(
      fc.asyncProperty(tables, dialects, options, async (recipe, dialect, given) => {
        runs += 1;
        const path = join(folder, `csv-${runs}`);
        const rows = rowsOf(recipe);
        await write(recipe.fields, rows, csv(path, { ...dialect, ...given }));
        const dataset = await openDataset(path, { chunkRows: 7 });
        expect(dataset.schema?.fields).toEqual(recipe.fields);
        expect(await readAll(dataset)).toEqual(rows);
        await rm(path, { recursive: true });
      }),
      { seed, numRuns },
    );
  });
});
