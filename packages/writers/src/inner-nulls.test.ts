import { batchData, type DataType, type Field, type Schema } from '@tailrace/core/sink';
import { batchOfRows } from '@tailrace/core/testing';
import { describe, expect, it } from 'vitest';
import ndjsonFormat from './ndjson/module.js';
import { resolveNdjsonOptions } from './ndjson/options.js';
import { ensureSchema } from './schema-guard.js';
import { encodeAll } from './testing/encode.js';

const named = (name: string, type: DataType, nullable: boolean): Field => ({ name, type, nullable });
const int32: DataType = { kind: 'int32' };

/** The same type, all that it holds declared without nulls. */
function strict(type: DataType): DataType {
  const inner = (field: Field): Field => named(field.name, strict(field.type), false);
  if (type.kind === 'list' || type.kind === 'fixed_list') return { ...type, item: inner(type.item) };
  if (type.kind === 'struct') return { ...type, fields: type.fields.map(inner) };
  if (type.kind === 'map') return { ...type, value: inner(type.value) };
  return type;
}

/** A batch as imported ones may be: its nulls are not those of its schema. */
function batchWith(type: DataType, values: readonly unknown[]) {
  const loose: Schema<object> = { fields: [named('c', type, true)] };
  const schema: Schema<object> = { fields: [named('c', strict(type), true)] };
  const batch = batchOfRows(
    loose,
    values.map((c) => ({ c })),
  );
  return { schema, batch: { ...batch, schema, data: { ...batchData(batch), schema } } };
}

const list: DataType = { kind: 'list', item: named('item', int32, true) };
const fixed: DataType = { kind: 'fixed_list', size: 2, item: named('item', int32, true) };
const struct: DataType = { kind: 'struct', fields: [named('a', int32, true), named('l', list, true)] };
const map: DataType = {
  kind: 'map',
  key: named('key', { kind: 'utf8' }, false),
  value: named('value', int32, true),
};

describe('nulls within a column that is declared without', () => {
  it.each<[string, DataType, readonly unknown[]]>([
    ['c[]', list, [[1], null, [2, null]]],
    ['c[]', fixed, [null, [1, null]]],
    ['c.a', struct, [null, { a: null, l: [] }]],
    ['c.l', struct, [{ a: 1, l: null }]],
    [
      'c.l[]',
      struct,
      [
        { a: 1, l: [] },
        { a: 1, l: [null] },
      ],
    ],
    ['c[].value', map, [new Map([['k', null]])]],
  ])('are refused, by the path %s', async (path, type, values) => {
    const { schema, batch } = batchWith(type, values);
    await expect(
      encodeAll(ndjsonFormat, resolveNdjsonOptions('out', {}), schema, [batch]),
    ).rejects.toMatchObject({ code: 'SCHEMA_INVALID', context: { column: path } });
  });

  it.each<[string, DataType, readonly unknown[]]>([
    ['a list', list, [[1], null, []]],
    ['a list of two', fixed, [null, [1, 2], null]],
    ['a struct', struct, [null, { a: 1, l: [3] }, null]],
    ['a map', map, [null, new Map([['k', 1]])]],
  ])('are nothing where they lie under a null of %s', (_, type, values) => {
    const { schema, batch } = batchWith(type, values);
    expect(() => ensureSchema(schema, batch)).not.toThrow();
  });
});
