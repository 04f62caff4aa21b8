// Owns what the texts of a CSV file are, as far as some of its rows tell: numbers, truth values, or texts.
import { type DataType, type Field, type Schema, TailraceError } from '@tailrace/core';

/** What is read back as it stands: a leading zero or a plus would be lost, so they make a text. */
const plainNumber = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
/** Digits that a float64 keeps, whatever they are. */
const maxDigits = 15;

/** @throws SCHEMA_INVALID when there is no row */
export function typesOfTexts(path: string, rows: readonly Readonly<Record<string, string>>[]): Schema {
  const [first] = rows;
  if (first === undefined) {
    throw new TailraceError(
      `'${path}' has no row from which its columns could be told. Declare the schema.`,
      {
        code: 'SCHEMA_INVALID',
        operation: 'read schema',
        context: { path },
      },
    );
  }
  const fields = Object.keys(first).map(
    (name): Field => ({ name, type: typeOf(rows.map((row) => row[name] ?? '')), nullable: true }),
  );
  return { fields };
}

function typeOf(texts: readonly string[]): DataType {
  const filled = texts.filter((text) => text !== '');
  if (filled.length === 0) return { kind: 'utf8' };
  if (filled.every((text) => plainNumber.test(text) && text.replace(/\D/g, '').length <= maxDigits)) {
    return { kind: 'float64' };
  }
  return { kind: filled.every((text) => text === 'true' || text === 'false') ? 'bool' : 'utf8' };
}
