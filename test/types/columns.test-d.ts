// What TypeScript knows of columns: the row type that follows from a schema.
import {
  binary,
  decimal,
  defineSchema,
  duration,
  fixedSizeList,
  float32,
  list,
  map,
  nullable,
  nullType,
  type Schema,
  struct,
  time,
  uint8,
  uint64,
  utf8,
} from '@tailrace/core';
import { expectTypeOf, it } from 'vitest';

it('carries the type of rows in a schema, nested ones included', () => {
  const schema = defineSchema({
    small: uint8(),
    big: uint64(),
    count: uint64({ js: 'number' }),
    price: decimal(10, 2),
    cents: decimal(10, 2, { js: 'bigint' }),
    at: time('us'),
    lasted: duration('ms', { js: 'number' }),
    raw: nullable(binary()),
    nothing: nullType(),
    tags: list(struct({ name: utf8(), weights: nullable(fixedSizeList(float32(), 3)) })),
    attributes: map(utf8(), nullable(utf8())),
  });
  type Row = typeof schema extends Schema<infer R> ? R : never;
  expectTypeOf<Row>().toEqualTypeOf<{
    readonly small: number;
    readonly big: bigint;
    readonly count: number;
    readonly price: string;
    readonly cents: bigint;
    readonly at: number;
    readonly lasted: number;
    readonly raw: Uint8Array | null;
    readonly nothing: null;
    // Not readonly arrays: rows that are given may be either, and those that are read belong to the reader.
    readonly tags: { readonly name: string; readonly weights: number[] | null }[];
    readonly attributes: Map<string, string | null>;
  }>();
});
