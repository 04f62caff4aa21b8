// Owns the way from Arrow's types to ours: each to the one that says the same, everything else refused by name.
// It works on any copy of apache-arrow, because it looks at type ids only.
import type * as Arrow from 'apache-arrow';
import { TailraceError } from '../errors/tailrace-error.js';
import { type ArrowModule, formKey, inferredText, roundedFloats } from './arrow-types.js';
import { isKey, keysAdvice } from './map-keys.js';
import type { DataType, Field, Schema, TimeUnit } from './schema.js';

/** The JavaScript forms of columns whose Arrow type has more than one. What was written by us keeps its own. */
export interface ArrowForms {
  /** Of signed and unsigned 64-bit integers. Default `bigint`. */
  readonly int64?: 'bigint' | 'number' | undefined;
  /** Default `date`; a value finer than milliseconds is then an error when it is read. */
  readonly timestamp?: 'date' | 'number' | 'bigint' | undefined;
  /** Default `bigint`. */
  readonly duration?: 'bigint' | 'number' | undefined;
  /** Default `string`. */
  readonly decimal?: 'string' | 'bigint' | undefined;
}

/** Our schema of an Arrow one. Throws SCHEMA_INVALID naming the first column that has no type of ours. */
export function schemaWith(arrow: ArrowModule, schema: Arrow.Schema, forms: ArrowForms = {}): Schema {
  return { fields: fieldsOf(arrow, schema.fields, forms, '') };
}

/** @param path what stands before the names in messages */
function fieldsOf(
  arrow: ArrowModule,
  fields: readonly Arrow.Field[],
  forms: ArrowForms,
  path: string,
): Field[] {
  const names = new Set<string>();
  return fields.map((field): Field => {
    const name = `${path}${field.name}`;
    if (names.has(name))
      throw refused(name, textOf(arrow, field.type), 'it is the second column of that name');
    names.add(name);
    const type = ourType(arrow, field, forms, name);
    // Nothing but nulls is in it, whatever the field says.
    return { name: field.name, type, nullable: field.nullable || type.kind === 'null' };
  });
}

const units: readonly TimeUnit[] = ['s', 'ms', 'us', 'ns'];
const unitOf = (unit: number): TimeUnit => units[unit] ?? 'ms';
const integerKinds = { 8: 'int8', 16: 'int16', 32: 'int32' } as const;
const unsignedKinds = { 8: 'uint8', 16: 'uint16', 32: 'uint32' } as const;

function ourType(arrow: ArrowModule, field: Arrow.Field, forms: ArrowForms, name: string): DataType {
  const { DataType: is } = arrow;
  const type: Arrow.DataType = field.type;
  const form = field.metadata.get(formKey);
  const wide = form === 'number' || form === 'bigint' ? form : undefined;
  if (is.isBool(type)) return { kind: 'bool' };
  if (is.isInt(type)) {
    if (type.bitWidth === 64)
      return { kind: type.isSigned ? 'int64' : 'uint64', js: wide ?? forms.int64 ?? 'bigint' };
    return { kind: (type.isSigned ? integerKinds : unsignedKinds)[type.bitWidth] };
  }
  if (is.isFloat(type)) {
    if (type.precision === arrow.Precision.DOUBLE) return { kind: 'float64' };
    const kind = type.precision === arrow.Precision.HALF ? 'float16' : 'float32';
    return form === roundedFloats ? { kind, round: true } : { kind };
  }
  if (is.isDecimal(type)) {
    const { bitWidth, precision, scale } = type;
    if ((bitWidth === 128 || bitWidth === 256) && scale >= 0 && scale <= precision) {
      const js = form === 'string' || form === 'bigint' ? form : (forms.decimal ?? 'string');
      return { kind: 'decimal', bits: bitWidth, precision, scale, js };
    }
    throw refused(
      name,
      textOf(arrow, type),
      'decimals have 128 or 256 bits here, and a scale from 0 to the precision',
    );
  }
  if (is.isTimestamp(type)) {
    const js = form === 'date' || form === 'number' || form === 'bigint' ? form : (forms.timestamp ?? 'date');
    return { kind: 'timestamp', unit: unitOf(type.unit), timezone: type.timezone ?? null, js };
  }
  if (is.isDate(type) && type.unit === arrow.DateUnit.DAY) return { kind: 'date' };
  if (is.isTime(type)) return { kind: 'time', unit: unitOf(type.unit) };
  if (is.isDuration(type))
    return { kind: 'duration', unit: unitOf(type.unit), js: wide ?? forms.duration ?? 'bigint' };
  if (is.isUtf8(type)) return { kind: 'utf8' };
  if (is.isLargeUtf8(type)) return { kind: 'utf8', large: true };
  if (is.isBinary(type)) return { kind: 'binary' };
  if (is.isLargeBinary(type)) return { kind: 'binary', large: true };
  if (is.isFixedSizeBinary(type) && type.byteWidth > 0)
    return { kind: 'fixed_binary', width: type.byteWidth };
  if (is.isNull(type)) return { kind: 'null' };
  if (is.isDictionary(type) && (is.isUtf8(type.dictionary) || is.isLargeUtf8(type.dictionary))) {
    return form === inferredText ? { kind: 'dictionary', inferred: true } : { kind: 'dictionary' };
  }
  return nestedType(arrow, type, forms, name);
}

function nestedType(arrow: ArrowModule, type: Arrow.DataType, forms: ArrowForms, name: string): DataType {
  const { DataType: is } = arrow;
  const fields = fieldsOf(arrow, type.children ?? [], forms, `${name}.`);
  const dictionary = fields.find((field) => field.type.kind === 'dictionary');
  if (dictionary !== undefined) {
    throw refused(
      `${name}.${dictionary.name}`,
      textOf(arrow, type),
      'a dictionary within a nested column has no type here; cast it to Utf8 first',
    );
  }
  const [item] = fields;
  if (is.isStruct(type) && item !== undefined) return { kind: 'struct', fields };
  if (item !== undefined) {
    if (is.isList(type)) return { kind: 'list', item };
    if (is.isLargeList(type)) return { kind: 'list', item, large: true };
    if (is.isFixedSizeList(type) && type.listSize > 0)
      return { kind: 'fixed_list', item, size: type.listSize };
    if (is.isMap(type) && item.type.kind === 'struct') {
      const [key, value] = item.type.fields;
      if (key !== undefined && value !== undefined) {
        if (!isKey(key.type)) throw refused(name, textOf(arrow, type), keysAdvice);
        return {
          kind: 'map',
          key: { name: 'key', type: key.type, nullable: false },
          value: { name: 'value', type: value.type, nullable: value.nullable },
        };
      }
    }
  }
  throw refused(
    name,
    textOf(arrow, type),
    'it has no column type here; leave the column out, or cast it first',
  );
}

/**
 * Of types without the parts of their kind, such as a map of numbers in a damaged file, apache-arrow
 * cannot make a text: its kind alone.
 */
function textOf(arrow: ArrowModule, type: Arrow.DataType): string {
  try {
    return String(type);
  } catch {
    return `${arrow.Type[type.typeId]} without its parts`;
  }
}

export function refused(column: string, type: string, why: string): TailraceError {
  return new TailraceError(
    `The Arrow column ${JSON.stringify(column)} of type ${type} cannot be taken: ${why}.`,
    {
      code: 'SCHEMA_INVALID',
      operation: 'convert from Arrow',
      context: { column, type },
    },
  );
}
