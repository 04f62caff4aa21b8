// Owns the values of partition columns: of the types that a manifest or a schema states, else of those that all texts have.
import { describeType, type Field, TailraceError } from '@tailrace/core';
import { TextProblem } from '../text/text-problem.js';
import { textParser } from '../text/text-values.js';

/** As manifests hold it: dates and times as text. */
export type PartitionValue = string | number | boolean | bigint | null;

/** The value of a column as rows have it. Throws VALUE_INVALID when it is none of the column's type. */
export function typedValue({ name, type }: Field, value: PartitionValue, path: string): unknown {
  if (value === null) return null;
  try {
    switch (type.kind) {
      case 'bool':
        return typeof value === 'boolean' ? value : textParser(type)(String(value));
      case 'float64':
        return typeof value === 'number' ? value : textParser(type)(String(value));
      case 'timestamp': {
        // Points in time are written in UTC.
        const text = String(value);
        return textParser(type)(type.timezone === null ? text : `${text}Z`);
      }
      default:
        return textParser(type)(String(value));
    }
  } catch (error) {
    if (!(error instanceof TextProblem)) throw error;
    throw new TailraceError(
      `'${path}' lies in a directory whose column "${name}" has the value ${JSON.stringify(String(value))}, which ` +
        `${error.message}; the column is ${describeType(type)}. Give the dataset's columns with schema.`,
      { code: 'VALUE_INVALID', operation: 'open dataset', context: { path, column: name } },
    );
  }
}

/**
 * The type of a column that only directory names tell of: int64 when every text is a whole number as it would be written
 * (`007` is text), date when every one is a day, else text. Nullable, as Spark takes it.
 */
export function inferField(
  name: string,
  texts: readonly (string | null)[],
  int64: 'bigint' | 'number',
): Field {
  const known = texts.filter((text) => text !== null);
  const isAll = (test: (text: string) => boolean): boolean => known.length > 0 && known.every(test);
  if (isAll((text) => /^(?:0|-?[1-9]\d{0,18})$/.test(text) && reads({ kind: 'int64', js: int64 }, text))) {
    return { name, type: { kind: 'int64', js: int64 }, nullable: true };
  }
  if (isAll((text) => reads({ kind: 'date' }, text))) return { name, type: { kind: 'date' }, nullable: true };
  return { name, type: { kind: 'utf8' }, nullable: true };
}

function reads(type: Field['type'], text: string): boolean {
  try {
    textParser(type)(text);
    return true;
  } catch (error) {
    if (error instanceof TextProblem) return false;
    throw error;
  }
}
