// Owns what may be appended to what: a dataset has one format, one partitioning and one schema. It reads no files.
import { describeType, type Field } from '../batch/schema.js';
import { PlanError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Dialect } from '../sink/format.js';
import type { Manifest } from '../sink/store.js';

/** What is about to be added; members that are not known yet are left out, and not checked. */
export interface Addition
  extends Partial<Pick<Manifest, 'format' | 'dialect' | 'partitionBy' | 'schema' | 'columns' | 'files'>>,
    Pick<Manifest, 'output'> {}

const operation = 'append to output';

/**
 * Refuses to mix what readers could not read as one table. Schemas are equal when their texts are: widening (a new
 * nullable column, int32 to int64) is not supported yet. A side without files has nothing that could be mixed.
 * @param path of the dataset, for messages
 * @throws PlanError (`PLAN_INVALID`) for another format, an option of it that readers must know, or partitioning,
 * SCHEMA_INVALID for another schema
 */
export function checkAppendable(previous: Manifest, added: Addition, path: string): void {
  if (previous.files.length === 0 || added.files?.length === 0) return;
  const { output } = added;
  const context = { path, output };
  const refusal = (what: string, is: string, wanted: string, remedy: string): string =>
    `Output "${output}" cannot be appended to ${path}: ${what} there is ${is}, and would be ${wanted}. ${remedy}`;

  if (added.format !== undefined && familyOf(added.format) !== familyOf(previous.format)) {
    const remedy = 'Write in the format of the dataset, use mode overwrite, or choose another path.';
    throw new PlanError(refusal('the format', previous.format, added.format, remedy), { operation, context });
  }
  const other = otherOption(previous.dialect, added.dialect);
  if (other !== undefined) {
    const remedy = `Give ${other.name} as it was, use mode overwrite, or choose another path.`;
    const message = refusal(`the option ${other.name} of the format`, other.is, other.wanted, remedy);
    throw new PlanError(message, { operation, context });
  }
  if (added.partitionBy !== undefined && !sameTexts(added.partitionBy, previous.partitionBy)) {
    const [is, wanted] = [partitioning(previous.partitionBy), partitioning(added.partitionBy)];
    const remedy = 'Give the same partitionBy in the same order, use mode overwrite, or choose another path.';
    throw new PlanError(refusal('the partitioning', is, wanted, remedy), { operation, context });
  }
  if (added.schema !== undefined && added.schema !== previous.schema) {
    const remedy =
      'Give the stage the schema of the dataset (columns, order, types and nulls must be the same), ' +
      'use mode overwrite, or choose another path.';
    const differences = differencesOf(previous.columns, added.columns);
    const message = refusal('the schema', `(${previous.schema})`, `(${added.schema})${differences}`, remedy);
    throw new TailraceError(message, { code: 'SCHEMA_INVALID', operation, context });
  }
}

/** The first option in which two dialects differ; none where one is not known. */
function otherOption(
  there: Dialect | undefined,
  added: Dialect | undefined,
): { readonly name: string; readonly is: string; readonly wanted: string } | undefined {
  if (there === undefined || added === undefined) return undefined;
  const shown = (value: unknown): string => (value === undefined ? 'not given' : JSON.stringify(value));
  const name = Object.keys({ ...there, ...added }).find((option) => there[option] !== added[option]);
  return name === undefined ? undefined : { name, is: shown(there[name]), wanted: shown(added[name]) };
}

/** `parquet` for `parquet (tailrace)`: files of one format are one table, whatever engine wrote each. */
function familyOf(format: string): string {
  return format.split(' (', 1)[0] ?? format;
}

/** What is another column, in words; nothing where an earlier version has left no columns to compare. */
function differencesOf(there: readonly Field[] | undefined, added: readonly Field[] | undefined): string {
  if (there === undefined || added === undefined) return '';
  const before = new Map(there.map((field) => [field.name, field]));
  const now = new Map(added.map((field) => [field.name, field]));
  const found = [
    ...there.filter(({ name }) => !now.has(name)).map(({ name }) => `${quoted(name)} is missing`),
    ...added.flatMap((field) => differenceOf(before.get(field.name), field)),
  ];
  if (found.length === 0) found.push('the columns are in another order');
  return `: ${found.join('; ')}`;
}

function differenceOf(before: Field | undefined, now: Field): string[] {
  const name = quoted(now.name);
  if (before === undefined) return [`${name} is new`];
  const [was, is] = [describeType(before.type), describeType(now.type)];
  if (was !== is) return [`${name} is ${is} and was ${was}`];
  if (before.nullable === now.nullable) return [];
  return [now.nullable ? `${name} may be null and might not` : `${name} may not be null and might`];
}

const quoted = (name: string): string => JSON.stringify(name);

function partitioning(columns: readonly string[]): string {
  return columns.length === 0 ? 'none' : `by ${columns.join(', ')}`;
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
