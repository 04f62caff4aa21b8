// Owns what the footer of a Parquet file tells of the values in a row group, in the forms that predicates compare.
import type { Field } from '@tailrace/core';
import type { Bounds } from '../dataset/prune.js';
import type { ColumnChunk, ParquetFooter } from './footer.js';

/** `Type` of parquet.thrift. */
const physical = { boolean: 0, int32: 1, int64: 2, float: 4, double: 5, byteArray: 6 } as const;

type Read = (bytes: Buffer, isMax: boolean) => Bounds['min'];

/** What is known of a column in a row group; undefined when nothing is noted that can be relied on. */
export function groupBounds(footer: ParquetFooter, rowGroup: number, field: Field): Bounds | undefined {
  const column = footer.columns.find(({ name }) => name === field.name);
  const chunk = column?.leaf === undefined ? undefined : footer.rowGroups[rowGroup]?.chunks[column.leaf];
  if (column === undefined || chunk?.statistics === undefined) return undefined;
  const { nulls } = chunk.statistics;
  const mayBeNaN = chunk.physical === physical.float || chunk.physical === physical.double;
  const known = { mayBeNull: nulls !== 0, mayBeValue: nulls === undefined || nulls < chunk.values, mayBeNaN };
  const read = footer.isOrdered ? reader(chunk, field, column.isUnsigned) : undefined;
  return { min: bound(chunk, read, false), max: bound(chunk, read, true), ...known };
}

function bound(chunk: ColumnChunk, read: Read | undefined, isMax: boolean): Bounds['min'] {
  const bytes = isMax ? chunk.statistics?.max : chunk.statistics?.min;
  if (bytes === undefined || read === undefined) return undefined;
  const value = read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), isMax);
  // Writers that take NaN for a bound have compared with it, and so say nothing.
  return typeof value === 'number' && Number.isNaN(value) ? undefined : value;
}

const widths: ReadonlyMap<number, number> = new Map([
  [physical.boolean, 1],
  [physical.int32, 4],
  [physical.int64, 8],
  [physical.float, 4],
  [physical.double, 8],
]);

function reader(chunk: ColumnChunk, field: Field, isUnsigned: boolean): Read | undefined {
  const read = readerOf(chunk.physical, field, isUnsigned);
  const width = widths.get(chunk.physical);
  if (read === undefined || width === undefined) return read;
  return (bytes, isMax) => (bytes.byteLength === width ? read(bytes, isMax) : undefined);
}

function readerOf(type: number, { type: of }: Field, isUnsigned: boolean): Read | undefined {
  switch (of.kind) {
    case 'bool':
      return type === physical.boolean ? (bytes) => bytes.readUInt8(0) : undefined;
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return integerReader(type, isUnsigned);
    case 'float32':
    case 'float64':
      if (type === physical.double) return (bytes) => bytes.readDoubleLE(0);
      return type === physical.float ? (bytes) => bytes.readFloatLE(0) : undefined;
    case 'date':
      return type === physical.int32 ? (bytes) => bytes.readInt32LE(0) * msPerDay : undefined;
    case 'timestamp': {
      if (type !== physical.int64) return undefined;
      const per = of.js === 'date' ? unitsPerMs[of.unit] : storedPer[of.unit];
      return (bytes, isMax) => divided(bytes.readBigInt64LE(0), per, isMax);
    }
    case 'time':
    case 'duration': {
      // Stored as milliseconds by some, as seconds by others, and only its values are read with the note that tells.
      if (of.kind === 'duration' && of.unit === 's') return undefined;
      const read = integerReader(type, false);
      const per = storedPer[of.unit];
      // Of both physical types a whole number.
      return read && ((bytes, isMax) => divided(BigInt(read(bytes, isMax) as number | bigint), per, isMax));
    }
    case 'utf8':
    case 'dictionary':
      return type === physical.byteArray ? (bytes) => bytes : undefined;
    default:
      return undefined;
  }
}

function integerReader(type: number, isUnsigned: boolean): Read | undefined {
  if (type === physical.int32) {
    return isUnsigned ? (bytes) => bytes.readUInt32LE(0) : (bytes) => bytes.readInt32LE(0);
  }
  if (type !== physical.int64) return undefined;
  return isUnsigned ? (bytes) => bytes.readBigUInt64LE(0) : (bytes) => bytes.readBigInt64LE(0);
}

const msPerDay = 86_400_000;
/** Parquet has milliseconds for seconds. */
const unitsPerMs = { s: 1n, ms: 1n, us: 1_000n, ns: 1_000_000n } as const;
const storedPer = { s: 1_000n, ms: 1n, us: 1n, ns: 1n } as const;

/** Rounded outwards, so that it stays a bound. */
function divided(ticks: bigint, per: bigint, isMax: boolean): bigint {
  const rest = ((ticks % per) + per) % per;
  return (ticks - rest) / per + (isMax && rest !== 0n ? 1n : 0n);
}
