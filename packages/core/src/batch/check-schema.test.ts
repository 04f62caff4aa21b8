import { describe, expect, it } from 'vitest';
import { checkSchema, schemaProblem } from './check-schema.js';
import {
  binary,
  decimal,
  duration,
  fixedSizeBinary,
  float16,
  float32,
  int8,
  int16,
  largeUtf8,
  nullType,
  time,
  uint8,
  uint16,
  uint32,
  uint64,
} from './flat-types.js';
import { fixedSizeList, list, map, struct } from './nested-types.js';
import {
  bool,
  type ColumnType,
  type DataType,
  date,
  defineSchema,
  dictionary,
  float64,
  int32,
  int64,
  nullable,
  timestamp,
  utf8,
} from './schema.js';

const field = (name: unknown, type: unknown, isNullable: unknown = false): unknown => ({
  fields: [{ name, type, nullable: isNullable }],
});

describe('checkSchema', () => {
  it('names the column of a definition that throws when it is looked at', () => {
    const { proxy, revoke } = Proxy.revocable<ColumnType<number>>(int32(), {});
    revoke();
    const throwing = Object.defineProperty({ b: int32() }, 'a', {
      enumerable: true,
      get: () => {
        throw new RangeError('not now');
      },
    });
    expect(() => defineSchema({ 'ä b': proxy })).toThrow(
      expect.objectContaining({
        code: 'SCHEMA_INVALID',
        message: expect.stringContaining('the column "ä b", which could not be read (Cannot perform'),
      }),
    );
    expect(() => defineSchema(throwing)).toThrow(/the column "a", which could not be read \(not now\)/);
    const within = { a: { type: { kind: 'list', item: proxy }, nullable: false } };
    // From JavaScript anything can come.
    expect(() => defineSchema(within as unknown as { a: ColumnType<unknown> })).toThrow(
      expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringContaining('"a"') }),
    );
    const whole = Proxy.revocable({ a: int32() }, {});
    whole.revoke();
    expect(() => defineSchema(whole.proxy)).toThrow(expect.objectContaining({ code: 'SCHEMA_INVALID' }));
    expect(schemaProblem(whole.proxy)).toMatch(/could not be read/);
  });

  it('knows every type that there is', () => {
    const all: Record<DataType['kind'], ColumnType<unknown>> = {
      bool: bool(),
      int8: int8(),
      int16: int16(),
      int32: int32(),
      int64: int64(),
      uint8: uint8(),
      uint16: uint16(),
      uint32: uint32(),
      uint64: uint64(),
      float16: float16(),
      float32: float32({ round: true }),
      float64: float64(),
      decimal: decimal(38, 2),
      timestamp: timestamp(),
      date: date(),
      time: time('us'),
      duration: duration('s', { js: 'number' }),
      utf8: largeUtf8(),
      binary: binary(),
      fixed_binary: fixedSizeBinary(16),
      dictionary: dictionary(),
      null: nullType(),
      list: list(nullable(list(utf8()))),
      fixed_list: fixedSizeList(float32(), 3),
      struct: struct({ a: struct({ b: utf8() }) }),
      map: map(utf8(), nullable(int32())),
    };
    expect(schemaProblem(defineSchema(all))).toBeUndefined();
  });

  it('takes what defineSchema makes', () => {
    const schema = defineSchema({
      '': int64({ js: 'number' }),
      __proto: nullable(int32()),
      at: timestamp('ns'),
    });
    expect(schemaProblem(schema)).toBeUndefined();
  });

  it.each([
    ['no list of fields', { fields: 'n int32' }],
    ['a column that is null', { fields: [null] }],
    ['a column that is undefined', { fields: new Array(1) }],
    ['whose name is of type symbol', field(Symbol('n'), { kind: 'int32' })],
    ['half of a surrogate pair', field('\ud800', { kind: 'int32' })],
    ['"n", whose type is none of', field('n', { kind: 'constructor' })],
    ['"n", whose type is none of', field('n', 'int32')],
    ["'bigint' or 'number'", field('n', { kind: 'int64', js: 'string' })],
    ['needs the unit', field('n', { kind: 'timestamp', unit: 'weeks', timezone: null, js: 'date' })],
    ['needs a timezone', field('n', { kind: 'timestamp', unit: 'ms', timezone: 5, js: 'date' })],
    ['needs the unit', field('n', { kind: 'time', unit: 'h' })],
    [
      'needs a precision from 1 to 38',
      field('n', { kind: 'decimal', bits: 128, precision: 39, scale: 0, js: 'string' }),
    ],
    ['needs a scale', field('n', { kind: 'decimal', bits: 128, precision: 3, scale: 4, js: 'string' })],
    ['needs a width', field('n', { kind: 'fixed_binary', width: 0 })],
    ['whose type list has a column that is undefined', field('n', { kind: 'list' })],
    ['at least one field', field('n', { kind: 'struct', fields: [] })],
    [
      '"a", whose type is none of',
      field('n', { kind: 'struct', fields: [{ name: 'a', type: { kind: 'text' }, nullable: true }] }),
    ],
    [
      'a dictionary within',
      field('n', { kind: 'list', item: { name: 'item', type: { kind: 'dictionary' }, nullable: true } }),
    ],
    ['whose nullable is no boolean', field('n', { kind: 'int32' }, 'no')],
  ])('says: %s', (problem, schema) => {
    expect(() => checkSchema(schema, 'Stage "odd"', 'build batches')).toThrow(
      expect.objectContaining({ code: 'SCHEMA_INVALID', message: expect.stringContaining(problem) }),
    );
  });

  it('refuses two columns of one name', () => {
    const n = { name: 'n', type: { kind: 'int32' }, nullable: false };
    expect(schemaProblem({ fields: [n, n] })).toBe('has two columns of the name "n"');
  });

  it.each([[null], [undefined], [[]], ['int32'], [{ a: null }], [{ a: 'int32' }], [{ a: () => int32() }]])(
    'defineSchema refuses %o by name',
    (columns) => {
      // From JavaScript anything can come.
      expect(() => defineSchema(columns as never)).toThrow(
        expect.objectContaining({ code: 'SCHEMA_INVALID', operation: 'define schema' }),
      );
    },
  );
});
