// Owns the meeting of three descriptions of a column: the file's (Arrow), the schema's, and the form its values take in
// rows. It reads no values.
import {
  type DataType,
  describeType,
  type Field,
  type Schema,
  sameType,
  TailraceError,
} from '@tailrace/core';
import { type Field as ArrowField, type DataType as ArrowType, TimeUnit, Type } from 'apache-arrow';

/** Forms of values that have more than one. */
export interface ValueForms {
  /** 64-bit integers. Default `bigint`; `number` fails beyond 2^53. */
  readonly int64?: 'bigint' | 'number';
  /** Timestamps. Default `date`, which fails on fractions of a millisecond; the others are integers in the file's unit. */
  readonly timestamps?: 'date' | 'number' | 'bigint';
}

/** The column as a schema has it; undefined for types that rows cannot hold yet. */
export function fieldOf(arrow: ArrowField, forms: ValueForms): Field | undefined {
  const type = typeOf(arrow.type, forms);
  return type === undefined ? undefined : { name: arrow.name, type, nullable: arrow.nullable };
}

function typeOf(arrow: ArrowType, forms: ValueForms): DataType | undefined {
  switch (arrow.typeId) {
    case Type.Bool:
      return { kind: 'bool' };
    case Type.Int:
      return integerType(arrow, forms);
    case Type.Float:
      // Half floats have no typed array before Node 24.
      return 'precision' in arrow && arrow.precision === 0 ? undefined : { kind: 'float64' };
    case Type.Utf8:
    case Type.LargeUtf8:
      return { kind: 'utf8' };
    case Type.Dictionary:
      return { kind: 'dictionary' };
    case Type.Date:
      return { kind: 'date' };
    case Type.Timestamp:
      return timestampType(arrow, forms);
    default:
      return undefined;
  }
}

/** Unsigned 32-bit integers do not fit int32. */
function integerType(arrow: ArrowType, forms: ValueForms): DataType {
  const wide = 'bitWidth' in arrow && (arrow.bitWidth === 64 || (arrow.bitWidth === 32 && !isSigned(arrow)));
  return wide ? { kind: 'int64', js: forms.int64 ?? 'bigint' } : { kind: 'int32' };
}

function isSigned(arrow: ArrowType): boolean {
  return 'isSigned' in arrow && arrow.isSigned === true;
}

const units = new Map<unknown, 's' | 'ms' | 'us' | 'ns'>([
  [TimeUnit.SECOND, 's'],
  [TimeUnit.MILLISECOND, 'ms'],
  [TimeUnit.MICROSECOND, 'us'],
  [TimeUnit.NANOSECOND, 'ns'],
]);

function timestampType(arrow: ArrowType, forms: ValueForms): DataType | undefined {
  const unit = 'unit' in arrow ? units.get(arrow.unit) : undefined;
  if (unit === undefined) return undefined;
  const zone = 'timezone' in arrow && typeof arrow.timezone === 'string' ? arrow.timezone : null;
  const timezone = zone === '+00:00' ? 'UTC' : zone;
  return { kind: 'timestamp', unit, timezone, js: forms.timestamps ?? 'date' };
}

/**
 * The declared columns, once they are known to be in the file with the types declared.
 * @throws SCHEMA_INVALID naming every column that differs
 */
export function matchSchema(
  path: string,
  declared: Schema,
  found: ReadonlyMap<string, Field | string>,
): Field[] {
  const problems: string[] = [];
  for (const field of declared.fields) {
    const inFile = found.get(field.name);
    if (inFile === undefined) problems.push(`${quoted(field.name)} is missing`);
    else if (typeof inFile === 'string')
      problems.push(`${quoted(field.name)} has the type ${inFile}, which cannot be read into rows`);
    else if (!compatible(field.type, inFile.type)) {
      problems.push(
        `${quoted(field.name)} is ${describeType(inFile.type)}, declared ${describeType(field.type)}`,
      );
    }
  }
  if (problems.length > 0)
    throw schemaError(path, `does not have the declared columns: ${problems.join('; ')}`);
  return [...declared.fields];
}

/** Strings are strings however they are stored, and a point in time is the same in every zone. */
function compatible(declared: DataType, inFile: DataType): boolean {
  if (isText(declared) && isText(inFile)) return true;
  if (declared.kind === 'timestamp' && inFile.kind === 'timestamp') {
    return declared.unit === inFile.unit && (declared.timezone === null) === (inFile.timezone === null);
  }
  return sameType(declared, inFile);
}

function isText(type: DataType): boolean {
  return type.kind === 'utf8' || type.kind === 'dictionary';
}

/**
 * The columns chosen by name, or all.
 * @throws SCHEMA_INVALID for columns that are not there or cannot be read
 */
export function chooseFields(
  path: string,
  columns: readonly string[] | undefined,
  found: ReadonlyMap<string, Field | string>,
): Field[] {
  return (columns ?? [...found.keys()]).map((name) => {
    const field = found.get(name);
    if (field === undefined) {
      throw schemaError(
        path,
        `has no column ${quoted(name)}; its columns are ${[...found.keys()].map(quoted).join(', ')}`,
      );
    }
    if (typeof field !== 'string') return field;
    throw schemaError(
      path,
      `has a column ${quoted(name)} of type ${field}, which cannot be read into rows. Choose the others with the option columns`,
    );
  });
}

function schemaError(path: string, problem: string): TailraceError {
  return new TailraceError(`'${path}' ${problem}.`, {
    code: 'SCHEMA_INVALID',
    operation: 'open source',
    context: { path },
  });
}

function quoted(name: string): string {
  return `'${name}'`;
}
