import { describe, expect, it } from 'vitest';
import { checkSchema, schemaProblem } from './check-schema.js';
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
  it('knows every type that there is', () => {
    const all: Record<DataType['kind'], ColumnType<unknown>> = {
      bool: bool(),
      int32: int32(),
      int64: int64(),
      float64: float64(),
      timestamp: timestamp(),
      date: date(),
      utf8: utf8(),
      dictionary: dictionary(),
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
