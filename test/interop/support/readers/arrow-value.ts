// Owns taking any value out of Arrow columns as it lies there: counts of times, whole numbers of decimals, without the
// accessors of the library, which round.
import { type Data, DataType as Is } from 'apache-arrow';

/** Null for nulls; maps as arrays of key and value, structs as objects. */
export function arrowValue(data: Data, row: number): unknown {
  const { type, offset, nullBitmap, children } = data;
  const bits: Uint8Array | undefined = nullBitmap;
  const isSet = (of: Uint8Array, at: number): boolean => (((of[at >> 3] ?? 0) >> (at & 7)) & 1) === 1;
  if (Is.isNull(type) || (bits !== undefined && bits.length > 0 && !isSet(bits, offset + row))) return null;
  // Numbers or bigints, or the bytes of text, by the types asked for beneath.
  const values = data.values as Uint8Array;
  if (Is.isBool(type)) return isSet(values, offset + row);
  if (Is.isFloat(type) && type.precision === 0) return halfOf(values[row] ?? 0);
  if (Is.isDecimal(type)) return unitsOf(data.values as Uint32Array, row, type.bitWidth / 32);
  if (Is.isFixedSizeBinary(type)) return values.slice(row * type.byteWidth, (row + 1) * type.byteWidth);
  if (Is.isDictionary(type)) return data.dictionary?.get(values[row] ?? 0);
  if (Is.isStruct(type))
    return Object.fromEntries(
      type.children.map(({ name }, at) => [name, arrowValue(children[at] as Data, row)]),
    ); // one for each
  const [items] = children;
  if (Is.isFixedSizeList(type)) return itemsOf(items, row * type.listSize, (row + 1) * type.listSize);
  const offsets: ArrayLike<number | bigint> | undefined = data.valueOffsets;
  if (offsets === undefined) return values[row];
  const [from, to] = [Number(offsets[row]), Number(offsets[row + 1])];
  if (items !== undefined) return itemsOf(items, from, to);
  const bytes = values.slice(from, to);
  return Is.isUtf8(type) || Is.isLargeUtf8(type)
    ? new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    : bytes;
}

function itemsOf(items: Data | undefined, from: number, to: number): unknown[] {
  return Array.from({ length: to - from }, (_, at) => arrowValue(items as Data, from + at)); // a list has a child
}

/** Two's complement in words of 32 bits, the low one first. */
function unitsOf(words: Uint32Array, row: number, count: number): bigint {
  let units = 0n;
  for (let word = count - 1; word >= 0; word -= 1)
    units = (units << 32n) | BigInt(words[row * count + word] ?? 0);
  return BigInt.asIntN(count * 32, units);
}

/** IEEE 754 binary16. */
function halfOf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
}
