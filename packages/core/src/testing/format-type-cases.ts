// Owns what a format must do with each kind of column: write it faithfully, or refuse it before there is a file.
import assert from 'node:assert/strict';
import { describeType } from '../batch/data-type.js';
import type { Field, Schema } from '../batch/schema.js';
import { isTailraceError } from '../errors/tailrace-error.js';
import { sameInOrder, thrownBy } from './assertions.js';
import { columnsOfKind, type Kind } from './every-type.js';
import type { FormatBench } from './format-bench.js';
import { fileOf, neverAlters } from './format-edge-cases.js';
import { sampleRows } from './sample.js';

/**
 * Tries each type of the kind in a column beside the first of the subject's own.
 * @param isRefused as the subject has declared it: true for all types of the kind, false for not all; undefined when it has
 *   declared nothing
 */
export async function takesOrRefuses(
  bench: FormatBench,
  kind: Kind,
  isRefused: boolean | undefined,
): Promise<void> {
  let taken = 0;
  for (const field of columnsOfKind(kind)) {
    if (await isTaken(bench, field)) taken += 1;
    else continue;
    const what = nameOf(field);
    assert.ok(isRefused !== true, `${what} is declared as refused, but check() lets it pass`);
    await keepsRows(bench, field, what);
    // Those of the kinds in its own schema are tried there, among other columns.
    const isTried = bench.schema.fields.some(({ type }) => type.kind === kind);
    if (!isTried) await neverAlters(bench, [field], schemaWith(bench, field));
  }
  assert.ok(
    taken > 0 || isRefused !== false,
    `every column of type ${kind} is refused; add it to \`refuses\``,
  );
}

/** Whether `check` lets the column pass. It may refuse it with SCHEMA_INVALID alone, naming the column. */
async function isTaken(bench: FormatBench, field: Field): Promise<boolean> {
  const definition = await bench.definition();
  const thrown = await thrownBy(() => definition.check(schemaWith(bench, field), bench.format.options));
  if (thrown === undefined) return true;
  const { error } = thrown;
  const what = nameOf(field);
  assert.ok(
    isTailraceError(error) && error.code === 'SCHEMA_INVALID',
    `${what} may be refused with SCHEMA_INVALID, not with ${String(error)}`,
  );
  assert.ok(error.message.includes(field.name), `${what}: the refusal does not name it: ${error.message}`);
  return false;
}

async function keepsRows(bench: FormatBench, field: Field, what: string): Promise<void> {
  const schema = schemaWith(bench, field);
  for (const count of [0, 1, 11]) {
    const rows = sampleRows(schema, count);
    const content = await fileOf(bench, schema, rows, what);
    assert.ok(content !== undefined, `${what} was let pass by check(), but ordinary rows of it are refused`);
    if (bench.read === undefined) continue;
    sameInOrder([...(await bench.read(content, schema))], rows, `${what} was altered`);
  }
}

function schemaWith({ schema }: FormatBench, field: Field): Schema {
  return { fields: [...schema.fields.slice(0, 1), field] };
}

function nameOf({ name, type, nullable }: Field): string {
  return `the column ${name} of type ${describeType(type)}${nullable ? ', with nulls,' : ''}`;
}
