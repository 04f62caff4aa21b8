// Owns what may be appended to what: a dataset has one format, one partitioning and one schema. It reads no files.
import { PlanError } from '../errors/named-errors.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { Manifest } from '../sink/store.js';

/** What is about to be added; members that are not known yet are left out, and not checked. */
export interface Addition
  extends Partial<Pick<Manifest, 'format' | 'partitionBy' | 'schema' | 'files'>>,
    Pick<Manifest, 'output'> {}

const operation = 'append to output';

/**
 * Refuses to mix what readers could not read as one table. Schemas are equal when their texts are: widening (a new
 * nullable column, int32 to int64) is not supported yet. A side without files has nothing that could be mixed.
 * @param path of the dataset, for messages
 * @throws PlanError (`PLAN_INVALID`) for another format or partitioning, SCHEMA_INVALID for another schema
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
  if (added.partitionBy !== undefined && !sameTexts(added.partitionBy, previous.partitionBy)) {
    const [is, wanted] = [partitioning(previous.partitionBy), partitioning(added.partitionBy)];
    const remedy = 'Give the same partitionBy in the same order, use mode overwrite, or choose another path.';
    throw new PlanError(refusal('the partitioning', is, wanted, remedy), { operation, context });
  }
  if (added.schema !== undefined && added.schema !== previous.schema) {
    const remedy =
      'Give the stage the schema of the dataset (columns, order, types and nulls must be the same), ' +
      'use mode overwrite, or choose another path.';
    const message = refusal('the schema', `(${previous.schema})`, `(${added.schema})`, remedy);
    throw new TailraceError(message, { code: 'SCHEMA_INVALID', operation, context });
  }
}

/** `parquet` for `parquet (tailrace)`: files of one format are one table, whatever engine wrote each. */
function familyOf(format: string): string {
  return format.split(' (', 1)[0] ?? format;
}

function partitioning(columns: readonly string[]): string {
  return columns.length === 0 ? 'none' : `by ${columns.join(', ')}`;
}

function sameTexts(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((text, at) => text === other[at]);
}
