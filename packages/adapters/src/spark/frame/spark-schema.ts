// Owns the columns of a frame as the server tells them, with types written as Spark's SQL writes them.
import type { WireField, WireType } from '../protocol/data-type.js';

/** A column of a frame, as Spark tells it. */
export interface SparkField {
  readonly name: string;
  /** As SQL writes it: `bigint`, `decimal(10,2)`, `array<struct<a:int>>`. */
  readonly type: string;
  /** Whether it may be null. */
  readonly nullable: boolean;
}

export function fieldsOf(type: WireType | undefined): SparkField[] {
  if (type?.kind.case !== 'struct') return [];
  return type.kind.value.fields.map(({ name, dataType, nullable }) => ({
    name,
    type: typeName(dataType),
    nullable,
  }));
}

const plainNames = {
  null: 'void',
  binary: 'binary',
  boolean: 'boolean',
  byte: 'tinyint',
  short: 'smallint',
  integer: 'int',
  long: 'bigint',
  float: 'float',
  double: 'double',
  date: 'date',
  timestamp: 'timestamp',
  timestampNtz: 'timestamp_ntz',
  calendarInterval: 'interval',
  variant: 'variant',
} as const;

function typeName(type: WireType | undefined): string {
  const kind = type?.kind ?? { case: undefined };
  switch (kind.case) {
    case undefined:
      return 'unknown';
    case 'decimal':
      return `decimal(${kind.value.precision ?? 10},${kind.value.scale ?? 0})`;
    case 'char':
      return `char(${kind.value.length})`;
    case 'varChar':
      return `varchar(${kind.value.length})`;
    case 'string': {
      const { collation = '' } = kind.value;
      return collation === '' || collation === 'UTF8_BINARY' ? 'string' : `string collate ${collation}`;
    }
    case 'time':
      return `time(${kind.value.precision ?? 6})`;
    case 'array':
      return `array<${typeName(kind.value.elementType)}>`;
    case 'map':
      return `map<${typeName(kind.value.keyType)},${typeName(kind.value.valueType)}>`;
    case 'struct':
      return `struct<${kind.value.fields.map(inStruct).join(',')}>`;
    case 'yearMonthInterval':
      return interval(['year', 'month'], kind.value);
    case 'dayTimeInterval':
      return interval(['day', 'hour', 'minute', 'second'], kind.value);
    case 'unparsed':
      return kind.value.dataTypeString;
    default:
      return plainNames[kind.case];
  }
}

const inStruct = ({ name, dataType }: WireField): string => `${name}:${typeName(dataType)}`;

function interval(
  units: readonly string[],
  { startField = 0, endField = units.length - 1 }: { startField?: number; endField?: number },
): string {
  const [from, to] = [units[startField], units[endField]];
  return from === to ? `interval ${from}` : `interval ${from} to ${to}`;
}
