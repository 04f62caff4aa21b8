// Owns what a sink must do with values at the edges: write them faithfully or refuse them, never alter them silently.
import assert from 'node:assert/strict';
import { batchOfRows } from '../batch/batch-of-rows.js';
import type { Field, Schema } from '../batch/schema.js';
import { isTailraceError } from '../errors/tailrace-error.js';
import { thrownBy, withPlace } from './assertions.js';
import { edgeValues, nameOfValue, rowsAround } from './edge-values.js';
import { beginRun, type SinkPlace, sameRows } from './sink-bench.js';

type Rows = readonly Record<string, unknown>[];

/** All edges of a column in one run; when that is refused, each in a run of its own, since one refusal hides the others. */
export async function neverAlters(
  fresh: () => Promise<SinkPlace>,
  schema: Schema,
  fields: readonly Field[],
): Promise<void> {
  for (const field of fields) {
    const edges = edgeValues(field).map((value) => ({
      what: `${nameOfValue(value)} in column ${field.name}`,
      rows: rowsAround(schema, field, value),
    }));
    const all = edges.flatMap(({ rows }) => rows);
    const isTaken = await written(fresh, schema, all, `the edges of column ${field.name}`);
    if (isTaken) continue;
    for (const { rows, what } of edges) await written(fresh, schema, rows, what);
  }
}

/** False when the sink refuses the rows as it may. */
async function written(
  fresh: () => Promise<SinkPlace>,
  schema: Schema,
  rows: Rows,
  what: string,
): Promise<boolean> {
  let isTaken = true;
  await withPlace(fresh, async (place) => {
    const run = await beginRun(place, schema);
    const thrown = await thrownBy(async () => {
      const batch = batchOfRows<object>({ fields: schema.fields }, rows);
      await run.commit([await run.prepareAll(0, 1, [batch])]);
    });
    if (thrown === undefined) {
      assert.equal(await place.visibleRows(), rows.length, `${what}: rows are missing`);
      if (place.rows !== undefined) sameRows(await place.rows(), rows, `${what}: altered`);
      return;
    }
    const { error } = thrown;
    const isRefusal = isTailraceError(error) && ['SCHEMA_INVALID', 'VALUE_INVALID'].includes(error.code);
    assert.ok(
      isRefusal,
      `${what} may be refused with SCHEMA_INVALID or VALUE_INVALID, not with ${String(error)}`,
    );
    await run.abort();
    assert.equal(await place.visibleRows(), 0, `${what} was refused, and something is visible`);
    await run.clean();
    isTaken = false;
  });
  return isTaken;
}
