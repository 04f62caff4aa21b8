// Owns what a format must do with values at the edges: write them faithfully or refuse them, never alter them silently.
import assert from 'node:assert/strict';
import { batchOfRows } from '../batch/batch-of-rows.js';
import type { Field, Schema } from '../batch/schema.js';
import { isTailraceError } from '../errors/tailrace-error.js';
import { sameInOrder, thrownBy } from './assertions.js';
import { receiver } from './byte-receiver.js';
import { edgeValues, nameOfValue, rowsAround } from './edge-values.js';
import type { FormatBench } from './format-bench.js';
import { sampleRows } from './sample.js';

/** A file of these rows in one batch; undefined when the format refuses them as it may. */
export async function fileOf(
  bench: FormatBench,
  schema: Schema,
  rows: readonly Record<string, unknown>[],
  what: string,
): Promise<Uint8Array | undefined> {
  const out = receiver();
  const thrown = await thrownBy(async () => {
    (await bench.definition()).check(schema, bench.format.options);
    const encoder = await bench.open(out, { schema });
    try {
      if (rows.length > 0) await encoder.write(batchOfRows<object>({ fields: schema.fields }, rows));
      assert.equal((await encoder.finish()).rows, rows.length, `${what}: finish() must count the rows`);
    } catch (error) {
      await encoder.abort();
      throw error;
    }
  });
  if (thrown === undefined) return out.content();
  const { error } = thrown;
  if (error instanceof assert.AssertionError) throw error;
  const isRefusal = isTailraceError(error) && ['SCHEMA_INVALID', 'VALUE_INVALID'].includes(error.code);
  assert.ok(
    isRefusal,
    `${what} may be refused with SCHEMA_INVALID or VALUE_INVALID, not with ${String(error)}`,
  );
  return undefined;
}

/** The edges of one type of column. Without a reader it is seen only that what is refused is refused properly. */
export async function neverAlters(
  bench: FormatBench,
  fields: readonly Field[],
  schema: Schema = bench.schema,
): Promise<void> {
  const { read } = bench;
  for (const field of fields) {
    for (const value of edgeValues(field)) {
      const what = `${nameOfValue(value)} in column ${field.name}`;
      const rows = rowsAround(schema, field, value);
      const content = await fileOf(bench, schema, rows, what);
      if (content === undefined || read === undefined) continue;
      sameInOrder([...(await read(content, schema))], rows, `${what} was altered`);
    }
  }
}

/** Columns that hold nothing but nulls. */
export async function keepsNulls(bench: FormatBench): Promise<void> {
  const { schema, read } = bench;
  const nullable = new Set(schema.fields.filter((field) => field.nullable).map(({ name }) => name));
  const rows = sampleRows(schema, 20).map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, cell]) => [name, nullable.has(name) ? null : cell])),
  );
  const content = await fileOf(bench, schema, rows, 'a batch of nulls');
  if (content === undefined || read === undefined) return;
  sameInOrder([...(await read(content, schema))], rows, 'nulls were altered');
}

/** What an output has that got no rows and for which no schema was declared. */
export async function takesNoColumns(bench: FormatBench): Promise<void> {
  await fileOf(bench, { fields: [] }, [], 'a schema without columns');
}
