// Owns the plain loops by which `batchOfRows` lays down the values of flat columns of fixed size, and of nested ones.
import type { ColumnData, ColumnValues } from './batch-data.js';
import { type DataType, entriesOf, type Field } from './data-type.js';
import { parseDecimal, writeWords } from './decimal-words.js';
import { halfBits } from './float16.js';
import { type FixedLayout, layoutOf } from './layout.js';

type Cells = readonly unknown[];

/** Values as they come in rows; 0 for null. */
export function fixedValuesOf(type: DataType, cells: Cells): ColumnValues {
  // Only types of fixed layout come here.
  const layout = layoutOf(type) as FixedLayout;
  const values = new layout.array(
    new SharedArrayBuffer(cells.length * layout.bytes),
    0,
    cells.length * layout.perRow,
  );
  for (const [row, cell] of cells.entries()) {
    if (cell !== null) put(type, values, row * layout.perRow, cell, layout.perRow);
  }
  return values;
}

function put(type: DataType, values: ColumnValues, at: number, cell: unknown, perRow: number): void {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    values[at] = BigInt(cell as number | bigint);
  } else if (type.kind === 'decimal') {
    const units = typeof cell === 'bigint' ? cell : (parseDecimal(String(cell), type.scale) ?? 0n);
    writeWords(values as Uint32Array, at, perRow, units);
  } else if (type.kind === 'fixed_binary') {
    values.set(cell as Uint8Array, at);
  } else {
    values[at] = type.kind === 'float16' ? halfBits(Number(cell)) : Number(cell);
  }
}

type MakeColumn = (field: Field, cells: Cells) => ColumnData;

/** @param make makes the columns within */
export function nestedParts(
  { type }: Field,
  cells: Cells,
  make: MakeColumn,
): Pick<ColumnData, 'offsets' | 'children'> {
  switch (type.kind) {
    case 'list':
      return listParts(type.item, cells as readonly (Cells | null)[], make);
    case 'map': {
      const entries = cells.map((cell) =>
        cell === null
          ? null
          : Array.from(cell as ReadonlyMap<unknown, unknown>, ([key, value]) => ({ key, value })),
      );
      return listParts(entriesOf(type), entries, make);
    }
    case 'fixed_list': {
      const nothing = Array.from({ length: type.size }, () => blankOf(type.item));
      const items = (cells as readonly (Cells | null)[]).flatMap((cell) => cell ?? nothing);
      return { offsets: null, children: [make(type.item, items)] };
    }
    case 'struct':
      return {
        offsets: null,
        children: type.fields.map((field) =>
          make(
            field,
            (cells as readonly (Readonly<Record<string, unknown>> | null)[]).map((cell) =>
              cell === null ? blankOf(field) : (cell[field.name] ?? null),
            ),
          ),
        ),
      };
    default:
      return { offsets: null };
  }
}

function listParts(
  item: Field,
  lists: readonly (Cells | null)[],
  make: MakeColumn,
): Pick<ColumnData, 'offsets' | 'children'> {
  const offsets = new Int32Array(new SharedArrayBuffer((lists.length + 1) * 4));
  for (const [row, list] of lists.entries())
    offsets[row + 1] = (offsets[row] as number) + (list?.length ?? 0);
  return {
    offsets,
    children: [
      make(
        item,
        lists.flatMap((list) => list ?? []),
      ),
    ],
  };
}

/** What lies under the null of a column around it. */
function blankOf({ type, nullable }: Field): unknown {
  if (nullable) return null;
  switch (type.kind) {
    case 'list':
      return [];
    case 'map':
      return new Map();
    case 'fixed_list':
      return Array.from({ length: type.size }, () => blankOf(type.item));
    case 'struct':
      return Object.fromEntries(type.fields.map((field) => [field.name, blankOf(field)]));
    case 'binary':
      return new Uint8Array(0);
    case 'fixed_binary':
      return new Uint8Array(type.width);
    case 'utf8':
      return '';
    default:
      return 0;
  }
}
