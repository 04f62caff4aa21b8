// Rows of other columns than those of a dataset are not appended: it is said before anything is written, and by name.
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineSchema, float64, int32, pipeline, type Report, type Schema, utf8 } from '@tailrace/core';
import { parquet } from '@tailrace/writers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let dir = '';
let opened = 0;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-append-'));
  opened = 0;
});
afterEach(() => rm(dir, { recursive: true, force: true }));

function append(rows: readonly object[], schema?: Schema<object>): Promise<Report> {
  const source = {
    async *open(): AsyncGenerator<readonly object[]> {
      opened += 1;
      yield rows;
    },
  };
  return pipeline('append', (flow) => {
    const read = flow.source('read', source, schema === undefined ? {} : { schema });
    flow.write('table', read, parquet(join(dir, 'table'), { mode: 'append' }));
  }).run({ workers: 0 }).settled;
}

describe('appending other columns', () => {
  const there = defineSchema({ id: int32(), name: utf8() });
  it.each<[string, Schema<object>, RegExp]>([
    ['a new column', defineSchema({ id: int32(), name: utf8(), more: utf8() }), /: "more" is new\./],
    ['a missing one', defineSchema({ id: int32() }), /: "name" is missing\./],
    ['another type', defineSchema({ id: float64(), name: utf8() }), /: "id" is float64 and was int32\./],
    ['another order', defineSchema({ name: utf8(), id: int32() }), /in another order\./],
  ])('is refused before any row is computed: %s', async (_, schema, message) => {
    expect((await append([{ id: 1, name: 'a' }], there)).state).toBe('completed');
    const before = await readdir(join(dir, 'table'));
    const report = await append([{ id: 1, name: 'a', more: 'b' }], schema);
    expect(report.outputs[0]).toMatchObject({
      state: 'failed',
      attempts: 0,
      error: { code: 'SCHEMA_INVALID' },
    });
    expect(report.outputs[0]?.error?.message).toMatch(message);
    expect(opened).toBe(1);
    expect(await readdir(join(dir, 'table'))).toEqual(before);
  });

  it('is refused before a write is opened when the columns are inferred', async () => {
    await append([{ id: 1, name: 'a' }]);
    const before = await readdir(join(dir, 'table'));
    const report = await append([{ id: 1, name: 2 }]);
    expect(report.outputs[0]).toMatchObject({
      state: 'failed',
      attempts: 0,
      error: { code: 'SCHEMA_INVALID' },
    });
    expect(report.outputs[0]?.error?.message).toMatch(/"name" is float64 and was utf8\./);
    expect(await readdir(join(dir, 'table'))).toEqual(before);
    expect((await append([{ id: 2, name: 'b' }])).state).toBe('completed');
  });
});
