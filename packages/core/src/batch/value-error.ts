// Owns the words in which values that do not fit are named. It shows at most a short piece of the value.
import { ValueError } from '../errors/named-errors.js';
import { describeType, type Field } from './schema.js';

const previewLength = 40;

/** A value as a message shows it: its type and a short piece of it. Never runs user code (no toString, no toJSON). */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length <= previewLength
        ? `the string ${JSON.stringify(value)}`
        : `a string of ${value.length} characters starting with ${JSON.stringify(value.slice(0, previewLength))}`;
    case 'number':
      return `the number ${Object.is(value, -0) ? '-0' : value}`;
    case 'bigint': {
      const text = String(value);
      return text.length <= previewLength ? `the bigint ${text}n` : `a bigint of ${text.length} digits`;
    }
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (value instanceof Date) {
        const time = Date.prototype.getTime.call(value);
        return Number.isNaN(time) ? 'an invalid Date' : `the Date ${new Date(time).toISOString()}`;
      }
      if (value instanceof Map || value instanceof Set) return `a ${value instanceof Map ? 'Map' : 'Set'}`;
      return 'an object';
    default:
      return `${value === undefined ? '' : 'a '}${typeof value}`;
  }
}

/** A column and its type for a message: `column "delay" (int32)`. */
export function describeColumn(field: Field): string {
  return `column ${JSON.stringify(field.name)} (${describeType(field.type)}${field.nullable ? ', nullable' : ''})`;
}

/** The error of a stored value that has no exact form in rows. `row` counts from the start of the batch. */
export function unreadable(field: Field, row: number, value: string, advice: string): ValueError {
  return new ValueError(`Row ${row} of the batch, ${describeColumn(field)}: ${value}. ${advice}`, {
    operation: 'read rows',
    context: { column: field.name, row, type: describeType(field.type) },
  });
}
