// Owns the check of timestamps in INT96, the form of Impala and of older Sparks: Julian days and nanoseconds of the day. The decoder
// makes nanoseconds since 1970 of them, of which 64 bits hold the years 1677 to 2262, and wraps around beyond those without a word.
import * as arrow from 'apache-arrow';
import type { ImagePart, ParquetFooter } from './footer.js';
import { readArrowBatches } from './parquet-wasm.js';

/** `Type.INT96` of parquet.thrift. */
const int96 = 3;
const perSecond = 1_000_000_000n;
/** Of the 64-bit nanoseconds before and after 1970. */
const mostSeconds = 2n ** 63n / perSecond;

export function hasInt96({ column }: ImagePart, footer: ParquetFooter, rowGroup: number): boolean {
  return column.leaves.some((leaf) => footer.rowGroups[rowGroup]?.chunks[leaf]?.physical === int96);
}

/**
 * Whether the decoder made of a column's timestamps what they are. They are read once more, as seconds, which it does where a note of
 * the writer says that they were written as such.
 *
 * @param decoded the batches of the column, with nanoseconds
 */
export function holdsInNanoseconds(
  part: ImagePart,
  decoded: readonly arrow.Data[],
  footer: ParquetFooter,
  rowGroup: number,
  batchRows: number,
): boolean {
  const [first] = decoded;
  if (first === undefined) return true;
  const schema = new arrow.Schema([new arrow.Field(part.column.name, inSeconds(first.type), true)]);
  const note = arrow.tableToIPC(new arrow.Table(schema), 'stream');
  const batches = readArrowBatches(footer.image(rowGroup, [part], note), batchRows);
  const chunks = footer.rowGroups[rowGroup]?.chunks;
  const physical = part.column.leaves.map((leaf) => chunks?.[leaf]?.physical);
  return decoded.every((data, at) => {
    const partners = leavesOf(batches[at]?.data.children[0]);
    // Both stand in the order of the schema.
    return leavesOf(data).every((leaf, which) => physical[which] !== int96 || areSame(leaf, partners[which]));
  });
}

function leavesOf(data: arrow.Data | undefined): readonly arrow.Data[] {
  if (data === undefined) return [];
  return data.children.length === 0 ? [data] : data.children.flatMap(leavesOf);
}

function inSeconds(type: arrow.DataType): arrow.DataType {
  if (arrow.DataType.isTimestamp(type)) return new arrow.TimestampSecond();
  const inside = (field: arrow.Field): arrow.Field => field.clone({ type: inSeconds(field.type) });
  if (arrow.DataType.isList(type)) return new arrow.List(inside(type.children[0] as arrow.Field)); // every list has one
  if (arrow.DataType.isStruct(type)) return new arrow.Struct(type.children.map(inside));
  if (arrow.DataType.isMap(type))
    return new arrow.Map_(inside(type.children[0] as arrow.Field), type.keysSorted); // of pairs
  return type;
}

function areSame(nanoseconds: arrow.Data, seconds: arrow.Data | undefined): boolean {
  // What has nothing to be held against is not known to be right.
  if (seconds === undefined || seconds.length !== nanoseconds.length) return false;
  if (!arrow.DataType.isTimestamp(nanoseconds.type) || !isSeconds(seconds.type)) return false;
  // Both are 64-bit integers of 8 bytes each.
  const exact = nanoseconds.values as BigInt64Array;
  return (seconds.values as BigInt64Array).every(
    (one, at) =>
      (one > -mostSeconds && one < mostSeconds) ||
      one === (exact[at] ?? 0n) / perSecond - isBefore(exact[at] ?? 0n),
  );
}

const isSeconds = (type: arrow.DataType): boolean =>
  arrow.DataType.isTimestamp(type) && type.unit === arrow.TimeUnit.SECOND;

/** 1 for what division, which cuts, rounds up. */
const isBefore = (nanoseconds: bigint): bigint =>
  nanoseconds < 0n && nanoseconds % perSecond !== 0n ? 1n : 0n;
