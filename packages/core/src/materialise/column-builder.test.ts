import { describe, expect, it } from 'vitest';
import {
  bool,
  type ColumnType,
  date,
  defineSchema,
  dictionary,
  float64,
  int32,
  int64,
  nullable,
  timestamp,
  utf8,
} from '../batch/schema.js';
import { createBatchBuilder } from './batch-builder.js';
import { createTestMemory } from './test-rig.js';

/** Every value, from any JavaScript, that has no exact place in its column. */
const misfits: readonly (readonly [string, ColumnType<unknown>, unknown, RegExp])[] = [
  ['text into bool', bool(), 'false', /true or false, but the string "false" came/],
  ['0 into bool', bool(), 0, /true or false, but the number 0/],
  ['a fraction into int32', int32(), 1.5, /whole number.*the number 1.5/],
  ['2^31 into int32', int32(), 2 ** 31, /from -2147483648 to 2147483647/],
  ['NaN into int32', int32(), Number.NaN, /the number NaN/],
  ['text into int32', int32(), 'x', /the string "x"/],
  ['a bigint into int32', int32(), 5n, /the bigint 5n/],
  ['text into float64', float64(), 'x', /expected a number/],
  ['a bigint into float64', float64(), 1n, /the bigint 1n/],
  ['an unsafe integer into int64', int64(), 2 ** 53, /a bigint of 64 bits or a safe integer/],
  ['a fraction into int64', int64({ js: 'number' }), 0.5, /safe integer/],
  ['2^63 into int64', int64(), 2n ** 63n, /9223372036854775808n/],
  ['a Date into int64', int64(), new Date(0), /the Date 1970-01-01T00:00:00.000Z/],
  ['an invalid Date into timestamp', timestamp(), new Date(Number.NaN), /a valid Date, but an invalid Date/],
  ['a number into a timestamp of Dates', timestamp('us'), 1_000, /a valid Date, but the number 1000/],
  ['a fraction into timestamp', timestamp('us', { js: 'number' }), 0.5, /safe integer or bigint in us/],
  ['milliseconds into seconds', timestamp('s'), new Date(1_500), /whole seconds/],
  ['the year 2300 into nanoseconds', timestamp('ns'), new Date('2300-01-01'), /to 2262-04-11/],
  ['2^63 into timestamp', timestamp('ns', { js: 'bigint' }), -(2n ** 63n) - 1n, /bigint in ns/],
  ['an hour into date', date(), new Date(3_600_000), /midnight UTC/],
  ['a number into date', date(), 5, /midnight UTC, but the number 5/],
  ['an invalid Date into date', date(), new Date(Number.NaN), /an invalid Date/],
  ['a number into utf8', utf8(), 5, /expected a string/],
  ['a lone surrogate into utf8', utf8(), 'a\ud800b', /lone surrogates/],
  ['a lone surrogate into a long text', utf8(), `${'x'.repeat(100)}\udc00`, /lone surrogates/],
  ['a lone surrogate into dictionary', dictionary(), '\udfff', /lone surrogates/],
  ['an object into dictionary', dictionary(), { toString: () => 'x' }, /an object came/],
  ['null into a column without nulls', float64(), null, /a number, but null came.*nullable/],
  ['undefined into a column without nulls', utf8(), undefined, /a string, but undefined came/],
];

describe('column builders', () => {
  it.each(misfits)('refuse %s, naming row, column and both sides', (_, type, value, message) => {
    for (const declared of value === null || value === undefined ? [type] : [type, nullable(type)]) {
      const builder = createBatchBuilder<unknown>({
        memory: createTestMemory(),
        stage: 'prices',
        schema: defineSchema({ ok: int32(), v: declared }),
        onSchema: () => undefined,
        onBatch: () => undefined,
      });
      expect(() => builder.push({ ok: 1, v: value })).toThrow(
        expect.objectContaining({
          name: 'ValueError',
          code: 'VALUE_INVALID',
          message: expect.stringMatching(message),
          context: expect.objectContaining({ stage: 'prices', row: 0, column: 'v' }),
        }),
      );
      builder.discard();
    }
  });

  it('show no more than the beginning of a long text in a message', () => {
    const builder = createBatchBuilder<unknown>({
      memory: createTestMemory(),
      stage: 's',
      schema: defineSchema({ n: int32() }),
      onSchema: () => undefined,
      onBatch: () => undefined,
    });
    let message = '';
    try {
      builder.push({ n: `secret${'x'.repeat(5_000)}` });
    } catch (error) {
      message = String(error);
    }
    expect(message).toContain('5006 characters');
    expect(message.length).toBeLessThan(400);
  });
});
