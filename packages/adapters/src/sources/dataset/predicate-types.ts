// Owns which values a predicate may compare with a column of a known type: those of the form that its rows have.
import { type DataType, describeType, type Field, PlanError, shownOption } from '@tailrace/core';
import type { AnyPredicate } from './predicate.js';

/**
 * Throws a PlanError for values that would be compared with something else than what they mean: a Date with ticks of
 * microseconds, or decimals as text, where 9.00 comes after 10.00.
 */
export function checkPredicateTypes(path: string, predicate: AnyPredicate, fields: readonly Field[]): void {
  if ('and' in predicate || 'or' in predicate) {
    for (const one of 'and' in predicate ? predicate.and : predicate.or)
      checkPredicateTypes(path, one, fields);
    return;
  }
  const field = fields.find(({ name }) => name === predicate.column);
  if (field === undefined || predicate.op === 'isNull' || predicate.op === 'isNotNull') return;
  const { fits, wanted } = comparedWith(field.type);
  for (const value of predicate.op === 'in' ? predicate.value : [predicate.value]) {
    if (fits(value)) continue;
    throw new PlanError(
      `The predicate of '${path}' compares column "${field.name}" (${describeType(field.type)}) with ${shownOption(value)}: ${wanted}.`,
      { operation: 'filter dataset', context: { path, column: field.name } },
    );
  }
}

interface Compared {
  readonly fits: (value: unknown) => boolean;
  /** The end of a sentence. */
  readonly wanted: string;
}

const isNumber = (value: unknown): boolean => typeof value === 'number' || typeof value === 'bigint';
const days: Compared = { fits: (value) => value instanceof Date, wanted: 'give a Date' };
const text: Compared = { fits: (value) => typeof value === 'string', wanted: 'give text' };

function comparedWith(type: DataType): Compared {
  switch (type.kind) {
    case 'bool':
      return { fits: (value) => typeof value === 'boolean', wanted: 'give true or false' };
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'float16':
    case 'float32':
    case 'float64':
      return { fits: isNumber, wanted: 'give a number or a bigint' };
    case 'decimal':
      return type.js === 'bigint'
        ? {
            fits: (value) => typeof value === 'bigint',
            wanted: `give a bigint, ${type.scale} digits of which are after the point`,
          }
        : {
            fits: () => false,
            wanted: `text of decimals is not in the order of its numbers; declare the column with schema as decimal(${type.precision}, ${type.scale}, { js: 'bigint' })`,
          };
    case 'date':
      return days;
    case 'timestamp':
      return type.js === 'date' ? days : ticks(type.unit);
    case 'time':
    case 'duration':
      return ticks(type.unit);
    case 'utf8':
    case 'dictionary':
      return text;
    default:
      return { fits: () => false, wanted: 'columns of this type have no order' };
  }
}

function ticks(unit: string): Compared {
  return { fits: isNumber, wanted: `give a number or a bigint in its unit (${unit})` };
}
