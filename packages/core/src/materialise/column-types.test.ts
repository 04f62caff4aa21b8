import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, batchData } from '../batch/batch.js';
import { batchOfRows } from '../batch/batch-of-rows.js';
import { contentBytes } from '../batch/content-bytes.js';
import { gather } from '../batch/gather.js';
import { struct } from '../batch/nested-types.js';
import { packData } from '../batch/pack.js';
import { createRowChecksum } from '../batch/row-checksum.js';
import { rowMaker, rowReader } from '../batch/row-reader.js';
import {
  defineSchema,
  describeSchema,
  describeType,
  type Field,
  int32,
  nullable,
  type Schema,
  sameColumns,
  sameType,
} from '../batch/schema.js';
import { createBatchBuilder } from './batch-builder.js';
import { anyTable, type Table } from './column-types-fixtures.js';
import { batchOfIpc, ipcOf } from './ipc-batch.js';
import { createTestMemory } from './test-rig.js';

const numRuns = 50;

/** A value that no column takes: no type, and no key of a struct. */
const misfit = Symbol('misfit');

function build({ schema, rows }: Table, batchRows: number, reject = false): Batch<unknown>[] {
  const memory = createTestMemory();
  const batches: Batch<unknown>[] = [];
  const builder = createBatchBuilder<unknown>({
    memory,
    stage: 'any',
    schema,
    batchRows,
    onSchema: () => undefined,
    onBatch: (batch) => batches.push(batch),
  });
  for (const row of rows) {
    // The last column fails, when the ones before it are written.
    const last = schema.fields.at(-1)?.name ?? '';
    if (reject) expect(() => builder.push({ ...row, [last]: spoiled(row[last]) })).toThrow();
    builder.push(row);
  }
  builder.finish();
  return batches;
}

/** The value with something in it, as deep and as late as can be, that does not fit. */
function spoiled(value: unknown): unknown {
  if (Array.isArray(value) && value.length > 0) return [...value.slice(0, -1), spoiled(value.at(-1))];
  if (value instanceof Map && value.size > 0) {
    const [key, of] = [...value].at(-1) ?? [];
    return new Map([...value, [key, spoiled(of)]]);
  }
  return misfit;
}

const rowsOf = (batches: readonly Batch<unknown>[]): unknown[] =>
  batches.flatMap((batch) => [...batch.toRows()]);

describe('columns of every type', () => {
  it('give rows back as they came, wherever batches are cut', () => {
    fc.assert(
      fc.property(anyTable(20), fc.integer({ min: 1, max: 21 }), (table, batchRows) => {
        const batches = build(table, batchRows);
        expect(rowsOf(batches)).toEqual(table.rows);
        for (const batch of batches) {
          const make = rowMaker<unknown>(batchData(batch), false);
          expect(Array.from({ length: batch.rows }, (_, row) => make(row))).toEqual([...batch.toRows()]);
        }
      }),
      { numRuns },
    );
  });

  it('hold nothing of rows that were rejected, however deep the mistake lies', () => {
    fc.assert(
      fc.property(anyTable(12), fc.integer({ min: 1, max: 13 }), (table, batchRows) => {
        expect(rowsOf(build(table, batchRows, true))).toEqual(table.rows);
      }),
      { numRuns },
    );
  });

  it('charge the budget for what they hold, and give all of it back', () => {
    fc.assert(
      fc.property(anyTable(20), fc.boolean(), (table, discard) => {
        const memory = createTestMemory();
        const batches: Batch<unknown>[] = [];
        const builder = createBatchBuilder<unknown>({
          memory,
          stage: 'any',
          schema: table.schema,
          batchRows: 7,
          onSchema: () => undefined,
          onBatch: (batch) => batches.push(batch),
        });
        for (const row of table.rows) builder.push(row);
        if (discard) builder.discard();
        else builder.finish();
        expect(memory.budget.usedBytes).toBe(batches.reduce((sum, { bytes }) => sum + bytes, 0));
        for (const batch of batches) {
          expect(heldIn(batch)).toBeLessThanOrEqual(batch.bytes);
          batch.release();
        }
        expect(memory.budget.usedBytes).toBe(0);
      }),
      { numRuns },
    );
  });

  it('come back from scratch storage as they went, and as large', () => {
    fc.assert(
      fc.property(anyTable(12), (table) => {
        for (const batch of build(table, 5)) {
          const back = batchOfIpc<unknown>(ipcOf(batch), createTestMemory().slabs);
          expect(sameColumns(back.schema, table.schema)).toBe(true);
          expect(back.schema).toEqual(batch.schema);
          expect([...back.toRows()]).toEqual([...batch.toRows()]);
          expect(contentBytes(batchData(back))).toBe(contentBytes(batchData(batch)));
        }
      }),
      { numRuns },
    );
  });

  it('can be gathered row by row, packed, and sent to a thread', () => {
    fc.assert(
      fc.property(anyTable(12), fc.array(fc.nat(), { maxLength: 15 }), (table, picks) => {
        const [batch] = build(table, 100);
        if (batch === undefined) return;
        const indices = Int32Array.from(picks, (pick) => pick % batch.rows);
        const data = batchData(batch);
        const gathered = gather(data, indices);
        const wanted = Array.from(indices, (at) => table.rows[at]);
        expect([...rowReader(gathered)]).toEqual(wanted);
        const packed = packData(gathered, (bytes) => new SharedArrayBuffer(bytes));
        expect([...rowReader(packed)]).toEqual(wanted);
        expect([...rowReader(structuredClone(data))]).toEqual(table.rows);
        expect(contentBytes(packed)).toBe(contentBytes(gathered));
      }),
      { numRuns },
    );
  });

  it('are laid down alike by the plain loops of the test kit', () => {
    fc.assert(
      fc.property(anyTable(12), ({ schema, rows }) => {
        expect([...batchOfRows<object>({ fields: schema.fields }, rows).toRows()]).toEqual(rows);
      }),
      { numRuns },
    );
  });

  it('have a checksum that depends on their values and on nothing else', () => {
    const sumOf = (batches: readonly Batch<unknown>[]): unknown => {
      const sum = createRowChecksum();
      for (const batch of batches) sum.take(batchData(batch), 0, batch.rows);
      return sum.columns();
    };
    fc.assert(
      fc.property(anyTable(12), fc.integer({ min: 1, max: 13 }), (table, batchRows) => {
        if (table.rows.length === 0) return;
        const wanted = sumOf(build(table, 100));
        expect(sumOf(build(table, batchRows))).toEqual(wanted);
        expect(sumOf([batchOfRows<object>({ fields: table.schema.fields }, table.rows)])).toEqual(wanted);
        // Rows once more: nothing of the first ones may be left out.
        expect(sumOf(build({ ...table, rows: [...table.rows, ...table.rows] }, 5))).not.toEqual(wanted);
      }),
      { numRuns },
    );
  });

  it('have a name that tells types apart', () => {
    fc.assert(
      fc.property(anyTable(0), anyTable(0), fc.boolean(), ({ schema: one }, { schema: other }, isOne) => {
        const a: Schema = { fields: one.fields.map(named) };
        const b: Schema = { fields: structuredClone((isOne ? one : other).fields).map(named) };
        const same = layoutText(a) === layoutText(b);
        expect(same || !isOne).toBe(true);
        expect(sameColumns(a, b)).toBe(same);
        expect(describeSchema(a) === describeSchema(b)).toBe(same);
      }),
      { numRuns },
    );
  });

  it('are told apart whatever the names within them are', () => {
    const two = struct({ a: int32(), b: int32() });
    const one = struct({ 'a int32, b': int32() });
    expect(sameType(two.type, one.type)).toBe(false);
    expect(describeType(two.type)).toBe('struct<a int32, b int32>');
    expect(describeType(one.type)).toBe('struct<"a int32, b" int32>');
    expect(sameType(struct({ a: nullable(int32()) }).type, struct({ 'a?': int32() }).type)).toBe(false);
    expect(describeSchema(defineSchema({ 'a int32, b': int32() }))).not.toBe(
      describeSchema(defineSchema({ a: int32(), b: int32() })),
    );
  });
});

/** All of a schema but what has no part in the layout: forms in rows, and the rounding of floats. */
const layoutText = (schema: Schema): string =>
  JSON.stringify(schema.fields, (key, value: unknown) =>
    key === 'js' || key === 'round' ? undefined : value,
  );

/** `sameColumns` does not ask which whole columns may be null. */
const named = (field: Field): Field => ({ ...field, nullable: true });

/** Bytes that the views of a batch cover, each memory counted once. */
function heldIn(batch: Batch<unknown>): number {
  const buffers = new Set<ArrayBufferLike>();
  const look = (columns: (typeof batch)['data']['columns']): void => {
    for (const { validity, values, offsets, dictionary, children = [] } of columns) {
      for (const view of [validity, values, offsets, dictionary?.values, dictionary?.offsets]) {
        if (view !== null && view !== undefined && view.byteLength > 0) buffers.add(view.buffer);
      }
      look(children);
    }
  };
  look(batchData(batch).columns);
  return [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
}
