// Owns the forms that values take in rows where their type has more than one, and how they are chosen.
import { type DataType, type Field, PlanError, shownOption } from '@tailrace/core';

/** What a row of a file may hold, by the types of its columns. */
export type ColumnValue =
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | null
  | readonly ColumnValue[]
  | ReadonlyMap<ColumnValue, ColumnValue>
  | { readonly [field: string]: ColumnValue };

/** Forms of values that have more than one. Without a word it is that in which a file notes they were written. */
export interface ValueForms {
  /** 64-bit integers and durations. Else `bigint`; `number` fails beyond 2^53. */
  readonly int64?: 'bigint' | 'number';
  /** Timestamps. Else `date`, which fails on fractions of a millisecond; the others are integers in the column's unit. */
  readonly timestamps?: 'date' | 'number' | 'bigint';
}

/** The column in the forms that are asked for, also within it; without a word in those that it has. */
export function inForms(field: Field, forms: ValueForms): Field {
  if (forms.int64 === undefined && forms.timestamps === undefined) return field;
  return { ...field, type: typeIn(field.type, forms) };
}

function typeIn(type: DataType, forms: ValueForms): DataType {
  const { int64, timestamps } = forms;
  switch (type.kind) {
    case 'int64':
    case 'uint64':
    case 'duration':
      return int64 === undefined ? type : { ...type, js: int64 };
    case 'timestamp':
      return timestamps === undefined ? type : { ...type, js: timestamps };
    case 'list':
    case 'fixed_list':
      return { ...type, item: inForms(type.item, forms) };
    case 'struct':
      return { ...type, fields: type.fields.map((field) => inForms(field, forms)) };
    case 'map':
      return { ...type, key: inForms(type.key, forms), value: inForms(type.value, forms) };
    default:
      return type;
  }
}

/**
 * Throws a PlanError for forms that are none: they would fail later, in words about something else.
 * @param source as messages name it: `readParquet('x')`
 */
export function checkForms(source: string, { int64 = 'bigint', timestamps = 'date' }: ValueForms): void {
  const refuse = (problem: string): PlanError => new PlanError(problem, { operation: 'declare source' });
  if (int64 !== 'bigint' && int64 !== 'number') {
    throw refuse(`int64 of ${source} is 'bigint' or 'number', not ${shownOption(int64)}.`);
  }
  if (timestamps !== 'date' && timestamps !== 'number' && timestamps !== 'bigint') {
    throw refuse(`timestamps of ${source} is 'date', 'number' or 'bigint', not ${shownOption(timestamps)}.`);
  }
}
