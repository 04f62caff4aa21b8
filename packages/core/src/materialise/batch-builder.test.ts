import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, batchData } from '../batch/batch.js';
import {
  bool,
  defineSchema,
  describeSchema,
  dictionary,
  float64,
  int32,
  nullable,
  type Schema,
  timestamp,
  utf8,
} from '../batch/schema.js';
import { type BatchBuilder, type BatchBuilderOptions, createBatchBuilder } from './batch-builder.js';
import { createTestMemory, type TestMemory } from './test-rig.js';

interface Rig {
  readonly memory: TestMemory;
  readonly builder: BatchBuilder<unknown>;
  readonly batches: Batch<unknown>[];
  readonly schemas: string[];
  rows(): unknown[];
}

function rig(options: Partial<BatchBuilderOptions<unknown>> = {}): Rig {
  const memory = createTestMemory();
  const batches: Batch<unknown>[] = [];
  const schemas: string[] = [];
  const builder = createBatchBuilder<unknown>({
    memory,
    stage: 'test',
    onSchema: (schema: Schema) => schemas.push(describeSchema(schema)),
    onBatch: (batch) => batches.push(batch),
    ...options,
  });
  return { memory, builder, batches, schemas, rows: () => batches.flatMap((batch) => [...batch.toRows()]) };
}

describe('createBatchBuilder', () => {
  it('cuts by rows, and hands on the rest at the end', () => {
    const { builder, batches, rows } = rig({ batchRows: 3, sampleRows: 1 });
    const written = Array.from({ length: 8 }, (_, n) => ({ n }));
    for (const row of written) builder.push(row);
    builder.finish();
    expect(batches.map((batch) => batch.rows)).toEqual([3, 3, 2]);
    expect(rows()).toEqual(written);
    expect(builder.rows()).toBe(8);
  });

  it('cuts by bytes of text too, at the same rows in every run', () => {
    const cuts = [1, 7].map((sampleRows) => {
      const { builder, batches } = rig({ batchBytes: 200, sampleRows });
      for (let at = 0; at < 40; at++) builder.push({ text: 'x'.repeat(at) });
      builder.finish();
      return batches.map((batch) => batch.rows);
    });
    expect(cuts[0]?.length).toBeGreaterThan(3);
    expect(cuts[1]).toEqual(cuts[0]);
  });

  it('tells the schema once, before the first batch', () => {
    const order: string[] = [];
    const { builder } = rig({
      sampleRows: 2,
      batchRows: 2,
      onSchema: () => order.push('schema'),
      onBatch: (batch) => {
        order.push('batch');
        batch.release();
      },
    });
    for (let at = 0; at < 5; at++) builder.push({ at });
    builder.finish();
    expect(order).toEqual(['schema', 'batch', 'batch', 'batch']);
  });

  it('makes a schema without fields of nothing, and keeps a declared one', () => {
    const inferred = rig();
    inferred.builder.finish();
    const declared = rig({ schema: defineSchema({ n: int32() }) });
    declared.builder.finish();
    expect([inferred.schemas, declared.schemas, inferred.batches, declared.batches]).toEqual([
      [''],
      ['n int32'],
      [],
      [],
    ]);
  });

  it('takes every row as it was when it came, though the stage fills one object again', () => {
    const { builder, rows } = rig({ sampleRows: 10 });
    const reused = { n: 0 };
    for (let n = 0; n < 4; n++) {
      reused.n = n;
      builder.push(reused);
    }
    builder.finish();
    expect(rows()).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it('keeps every value while its columns grow, with the first null late', () => {
    const written = Array.from({ length: 9_000 }, (_, at) => ({
      flag: at % 3 === 0,
      x: at / 7,
      n: BigInt(at),
      text: at < 3_000 ? `row ${at}` : at % 5 === 0 ? null : 'é'.repeat(at % 60),
      at: at === 8_000 ? null : new Date(at * 1e6),
    }));
    const { builder, batches, rows } = rig({ sampleRows: 10 });
    for (const row of written) builder.push(row);
    builder.finish();
    expect(batches.length).toBe(1);
    expect(rows()).toEqual(written);
  });

  it('leaves nothing of a row that was rejected halfway, in any column', () => {
    const schema = defineSchema({
      flag: nullable(bool()),
      n: nullable(int32()),
      text: nullable(utf8()),
      word: nullable(dictionary()),
      last: int32(),
    });
    const row = fc.record({
      flag: fc.option(fc.boolean()),
      n: fc.option(fc.integer()),
      text: fc.option(fc.string()),
      word: fc.option(fc.constantFrom('a', 'b', 'c')),
      last: fc.oneof({ weight: 2, arbitrary: fc.integer() }, fc.constantFrom('poison', null, 1.5)),
    });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 30 }), fc.integer({ min: 1, max: 9 }), (items, batchRows) => {
        const { builder, rows, memory, batches } = rig({ schema, batchRows });
        const good = items.filter(({ last }) => Number.isInteger(last));
        let rejected = 0;
        for (const [at, item] of items.entries()) {
          try {
            builder.push(item);
          } catch (error) {
            rejected += 1;
            expect(error).toMatchObject({ code: 'VALUE_INVALID', context: { row: at, column: 'last' } });
          }
        }
        builder.finish();
        expect(rows()).toEqual(good);
        expect([builder.rows(), rejected]).toEqual([good.length, items.length - good.length]);
        for (const batch of batches) {
          const made = [...batch.toRows()] as Record<string, unknown>[];
          const nulls = schema.fields.map(({ name }) => made.filter((each) => each[name] === null).length);
          expect(batchData(batch).columns.map(({ nullCount }) => nullCount)).toEqual(nulls);
          batch.release();
        }
        expect(memory.budget.usedBytes).toBe(0);
      }),
    );
  });

  it('neither keeps nor counts the text of a rejected row', () => {
    const schema = defineSchema({ text: utf8(), n: int32() });
    const { builder, batches } = rig({ schema, batchBytes: 500 });
    builder.push({ text: 'kept', n: 1 });
    expect(() => builder.push({ text: 'x'.repeat(1_000), n: 'poison' })).toThrow();
    builder.push({ text: 'also', n: 2 });
    expect(batches).toEqual([]);
    expect(() => builder.push({ text: 'secret', n: 'poison' })).toThrow();
    builder.finish();
    expect(batches.map((batch) => batchData(batch).columns[0]?.values.length)).toEqual([8]);
  });

  it('names the row by its number in the stage, batches before and rejected rows counted', () => {
    const { builder } = rig({ batchRows: 2, schema: defineSchema({ n: int32() }) });
    for (let n = 0; n < 5; n++) builder.push({ n });
    for (const row of [5, 6]) {
      expect(() => builder.push({ n: 0.5 })).toThrow(
        expect.objectContaining({ context: expect.objectContaining({ row }) }),
      );
    }
  });

  it('charges what is built as builder, then as batch, and nothing when all is released', () => {
    const { memory, builder, batches } = rig({ batchRows: 1_000, sampleRows: 1 });
    const { budget, slabs } = memory;
    for (let n = 0; n < 999; n++) builder.push({ n, text: `row ${n}` });
    expect(budget.used('builder')).toBeGreaterThan(999 * 12);
    expect(budget.used('batch')).toBe(0);
    builder.push({ n: 999, text: 'last' });
    const [batch] = batches;
    expect(budget.used('batch')).toBe(batch?.bytes);
    builder.finish();
    expect(budget.used('builder')).toBe(0);
    expect(budget.usedBytes).toBe(batch?.bytes);
    batch?.release();
    expect(budget.usedBytes).toBe(0);
    expect(slabs.idleBytes).toBeGreaterThan(0);
  });

  it('uses the memory of a batch again, unless its columns were seen', () => {
    for (const seen of [false, true]) {
      const { builder, batches } = rig({ batchRows: 1_024, schema: defineSchema({ n: float64() }) });
      for (let n = 0; n < 1_024; n++) builder.push({ n });
      const [first] = batches;
      const view = seen ? first?.data.columns[0]?.values : first && batchData(first).columns[0]?.values;
      first?.release();
      for (let n = 0; n < 1_024; n++) builder.push({ n: -1 });
      expect(view?.[5]).toBe(seen ? 5 : -1);
      builder.finish();
    }
  });

  it('packs a small batch into one slab', () => {
    const { builder, batches, memory } = rig();
    builder.push({ a: 1, b: 'x', c: null, d: new Date(0), e: true, f: 'y' });
    builder.push({ a: null, b: null, c: 1n, d: null, e: null, f: null });
    builder.finish();
    expect([batches[0]?.bytes, memory.budget.usedBytes]).toEqual([4_096, 4_096]);
    const buffers = new Set(batches[0]?.data.columns.map(({ values }) => values.buffer));
    expect([...buffers].map((buffer) => buffer instanceof SharedArrayBuffer)).toEqual([true]);
  });

  it('gives everything back on discard, whenever that is', () => {
    for (const rows of [1, 5, 50]) {
      const { builder, memory, batches } = rig({ sampleRows: 4, batchRows: 20 });
      for (let n = 0; n < rows; n++) builder.push({ n });
      builder.discard();
      builder.discard();
      for (const batch of batches) batch.release();
      expect(memory.budget.usedBytes).toBe(0);
      expect(() => builder.push({ n: 1 })).toThrow(expect.objectContaining({ code: 'CLOSED' }));
    }
  });

  it('stops replaying its sample when the consumer discards it, and leaks nothing', () => {
    const memory = createTestMemory();
    let batches = 0;
    const builder: BatchBuilder<unknown> = createBatchBuilder<unknown>({
      memory,
      stage: 'test',
      sampleRows: 100,
      batchRows: 10,
      onSchema: () => undefined,
      onBatch: (batch) => {
        batches += 1;
        batch.release();
        builder.discard();
      },
    });
    for (let n = 0; n < 100; n++) builder.push({ n });
    expect([batches, memory.budget.usedBytes]).toEqual([1, 0]);
  });

  it('takes no more than a small sample of long texts before it writes columns', () => {
    const { builder, schemas } = rig({ batchBytes: 10_000, sampleRows: 1_000_000 });
    for (let at = 0; at < 10; at++) builder.push({ text: 'x'.repeat(1_000) });
    expect(schemas).toEqual(['text utf8?']);
  });

  it.each([{ batchRows: 0 }, { batchBytes: 1.5 }, { sampleRows: -1 }])('refuses %j', (options) => {
    expect(() => rig(options)).toThrow(expect.objectContaining({ code: 'PLAN_INVALID' }));
  });
});

describe('the first row that is no row of the stage', () => {
  it.each([
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
    ['a string', 'row'],
    ['an array', [1]],
    ['a Map', new Map([['n', 1]])],
    ['a Date', new Date(0)],
    ['a buffer', new Uint8Array(2)],
    ['a RegExp', /x/],
    ['a function', () => 1],
  ])('is refused with advice, declared or inferred: %s', (_, item) => {
    for (const schema of [undefined, defineSchema({ n: nullable(int32()) })]) {
      const { builder } = rig({ schema, sampleRows: 1 });
      if (schema === undefined) builder.push({ n: 1 });
      expect(() => builder.push(item)).toThrow(
        expect.objectContaining({
          code: 'SCHEMA_INVALID',
          message: expect.stringContaining('rows are objects'),
        }),
      );
    }
  });

  it('is refused when it has a property that is no column, in any order of properties', () => {
    for (const item of [
      { n: 1, extra: 2 },
      { extra: 2 },
      { extra: 2, n: 1 },
      { m: 1, n: 2, extra: undefined },
    ]) {
      const { builder } = rig({ schema: defineSchema({ n: nullable(int32()), m: nullable(int32()) }) });
      expect(() => builder.push(item)).toThrow(
        expect.objectContaining({
          code: 'SCHEMA_INVALID',
          message: expect.stringContaining('"extra" is no column of its schema, which has "n", "m"'),
          context: expect.objectContaining({ row: 0, column: 'extra' }),
        }),
      );
    }
  });

  it('may lack columns, come in another order, or be an instance with getters', () => {
    class Point {
      get n(): number {
        return 7;
      }
    }
    const { builder, rows } = rig({
      schema: defineSchema({ n: nullable(int32()), at: nullable(timestamp()) }),
    });
    for (const item of [{}, { at: new Date(5), n: 1 }, { n: 2 }, new Point(), { at: undefined, n: null }])
      builder.push(item);
    builder.finish();
    expect(rows()).toEqual([
      { n: null, at: null },
      { n: 1, at: new Date(5) },
      { n: 2, at: null },
      { n: 7, at: null },
      { n: null, at: null },
    ]);
  });

  it('writes on where its text has moved to after a text that was refused', () => {
    const { builder, rows } = rig({ schema: defineSchema({ text: utf8() }) });
    const words = Array.from({ length: 400 }, (_, at) => `word number ${at}`);
    for (const text of words) builder.push({ text });
    // Longer than what is left of its memory: it grows first, and then is found to be no Unicode.
    expect(() => builder.push({ text: `${'é'.repeat(6_000)}\ud800` })).toThrow(/lone surrogates/);
    for (const text of words) builder.push({ text });
    builder.finish();
    expect(rows()).toEqual([...words, ...words].map((text) => ({ text })));
  });
});
