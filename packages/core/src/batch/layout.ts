// Owns how the buffers of each type of column lie: what gathers, packs, counts and converts columns goes by it, not by types.
import type { ColumnData, ColumnValues } from './batch-data.js';
import { type DataType, entriesOf, type Field } from './data-type.js';

/** Class of the typed arrays that values are in. */
export type ValuesArray = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => ColumnValues;

/** How the buffers of a column lie. */
export type Layout =
  /** One bit per row. */
  | { readonly form: 'bits' }
  /** `perRow` elements of an array for each row; `bytes` are those of a row. */
  | {
      readonly form: 'fixed';
      readonly array: ValuesArray;
      readonly perRow: number;
      readonly bytes: number;
    }
  /** Bytes of any number, cut by offsets. */
  | { readonly form: 'bytes' }
  | { readonly form: 'codes' }
  /** No values. */
  | { readonly form: 'nothing' }
  /** Items of any number, cut by offsets. */
  | { readonly form: 'list'; readonly item: Field }
  | { readonly form: 'fixed list'; readonly item: Field; readonly size: number }
  | { readonly form: 'struct'; readonly fields: readonly Field[] };

export type FixedLayout = Extract<Layout, { readonly form: 'fixed' }>;

const fixed = (array: ValuesArray & { readonly BYTES_PER_ELEMENT: number }, perRow = 1): FixedLayout => ({
  form: 'fixed',
  array,
  perRow,
  bytes: array.BYTES_PER_ELEMENT * perRow,
});

const ofNumbers = {
  int8: fixed(Int8Array),
  int16: fixed(Int16Array),
  int32: fixed(Int32Array),
  uint8: fixed(Uint8Array),
  uint16: fixed(Uint16Array),
  uint32: fixed(Uint32Array),
  int64: fixed(BigInt64Array),
  uint64: fixed(BigUint64Array),
  // Bits: typed arrays of half floats came with Node 24.
  float16: fixed(Uint16Array),
  float32: fixed(Float32Array),
  float64: fixed(Float64Array),
  date: fixed(Int32Array),
  timestamp: fixed(BigInt64Array),
  duration: fixed(BigInt64Array),
} as const;

const ofDecimals = { 128: fixed(Uint32Array, 4), 256: fixed(Uint32Array, 8) } as const;

/** How the buffers of a column of this type lie: for code that treats columns by layout, not by type. */
export function layoutOf(type: DataType): Layout {
  switch (type.kind) {
    case 'bool':
      return { form: 'bits' };
    case 'decimal':
      return ofDecimals[type.bits];
    case 'time':
      return type.unit === 's' || type.unit === 'ms' ? ofNumbers.int32 : ofNumbers.int64;
    case 'utf8':
    case 'binary':
      return { form: 'bytes' };
    case 'fixed_binary':
      return fixed(Uint8Array, type.width);
    case 'dictionary':
      return { form: 'codes' };
    case 'null':
      return { form: 'nothing' };
    case 'list':
      return { form: 'list', item: type.item };
    case 'map':
      return { form: 'list', item: entriesOf(type) };
    case 'fixed_list':
      return { form: 'fixed list', item: type.item, size: type.size };
    case 'struct':
      return { form: 'struct', fields: type.fields };
    default:
      return ofNumbers[type.kind];
  }
}

/** Whether a type has columns within. */
export function isNested(type: DataType): boolean {
  return type.kind === 'list' || type.kind === 'fixed_list' || type.kind === 'struct' || type.kind === 'map';
}

/** A column within a nested one. */
export interface InnerColumn {
  readonly field: Field;
  readonly column: ColumnData;
  /** Its own rows: of a list all items of all lists. */
  readonly rows: number;
}

/** The columns within a column of `rows` rows; none for flat ones. */
export function innerColumns(type: DataType, column: ColumnData, rows: number): readonly InnerColumn[] {
  const layout = layoutOf(type);
  const { children = [], offsets } = column;
  const innerRows =
    layout.form === 'list'
      ? (offsets?.[rows] ?? 0)
      : layout.form === 'fixed list'
        ? rows * layout.size
        : rows;
  return innerFields(layout).flatMap((field, at) => {
    const child = children[at];
    return child === undefined ? [] : [{ field, column: child, rows: innerRows }];
  });
}

export function innerFields(layout: Layout): readonly Field[] {
  switch (layout.form) {
    case 'list':
    case 'fixed list':
      return [layout.item];
    case 'struct':
      return layout.fields;
    default:
      return [];
  }
}
