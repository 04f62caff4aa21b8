// Owns the sample values, and the values at the edges, of the types that not every format has: see `sample.ts` and
// `edge-values.ts` for the rest.
import { entriesOf } from '../batch/data-type.js';
import type { DataType, Field } from '../batch/schema.js';

const perDay = { s: 86_400, ms: 86_400_000, us: 86_400_000_000, ns: 86_400_000_000_000 } as const;
const most = {
  int8: 127,
  int16: 32_767,
  int32: 2_147_483_647,
  uint8: 255,
  uint16: 65_535,
  uint32: 4_294_967_295,
} as const;

const bytesOf = (length: number, first: number): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (first * 31 + at * 7) & 255);

type CellOf = (field: Field, row: number, column: number) => unknown;

/** @param cellOf makes the values within nested ones */
export function moreCells(type: DataType, row: number, cellOf: CellOf): unknown {
  switch (type.kind) {
    case 'int8':
    case 'int16':
      return (row % 2 === 0 ? 1 : -1) * (row % 100);
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return row % 200;
    case 'uint64':
      return type.js === 'number' ? row : BigInt(row);
    case 'float16':
    case 'float32':
      return (row % 512) + 0.5;
    case 'decimal': {
      const units = BigInt(row % 10) * (row % 2 === 0 ? 1n : -1n);
      return type.js === 'bigint' ? units : decimalText(units, type.scale);
    }
    case 'time':
      return row % perDay[type.unit];
    case 'duration':
      return type.js === 'number' ? row - 5 : BigInt(row - 5);
    case 'binary':
      return bytesOf(row % 7, row);
    case 'fixed_binary':
      return bytesOf(type.width, row);
    case 'list':
      return Array.from({ length: row % 4 }, (_, at) => cellOf(type.item, row + at, at));
    case 'fixed_list':
      return Array.from({ length: type.size }, (_, at) => cellOf(type.item, row + at, at));
    case 'struct':
      return Object.fromEntries(type.fields.map((field, at) => [field.name, cellOf(field, row, at)]));
    case 'map': {
      const { key, value } = type;
      return new Map(
        Array.from({ length: row % 3 }, (_, at) => [cellOf(key, row + at, 0), cellOf(value, row + at, 1)]),
      );
    }
    default:
      return null;
  }
}

/** Written out here, so that the suites share no code with what they test. */
function decimalText(units: bigint, scale: number): string {
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** Values at the edges of a type, without null. */
export function moreEdges(type: DataType): readonly unknown[] {
  switch (type.kind) {
    case 'int8':
    case 'int16':
      return [0, -1, most[type.kind], -most[type.kind] - 1];
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return [0, 1, most[type.kind], Math.floor(most[type.kind] / 2) + 1];
    case 'uint64':
      if (type.js === 'number') return [0, 1, Number.MAX_SAFE_INTEGER];
      return [0n, 1n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n];
    case 'float32':
      return [
        Number.NaN,
        -0,
        0,
        Infinity,
        -Infinity,
        3.4028234663852886e38,
        2 ** -149,
        0.5,
        Math.fround(0.1),
      ];
    case 'float16':
      return [Number.NaN, -0, 0, Infinity, -Infinity, 65_504, 2 ** -24, 2 ** -14, 0.5, -1.0009765625];
    case 'decimal': {
      const utmost = 10n ** BigInt(type.precision) - 1n;
      const units = [0n, 1n, -1n, utmost, -utmost];
      return type.js === 'bigint' ? units : units.map((unit) => decimalText(unit, type.scale));
    }
    case 'time':
      return [0, 1, perDay[type.unit] - 1];
    case 'duration':
      if (type.js === 'number') return [0, -1, Number.MAX_SAFE_INTEGER];
      return [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n)];
    case 'binary':
      return [new Uint8Array(0), Uint8Array.of(0), Uint8Array.of(255, 254, 0, 10, 34), bytesOf(70_000, 3)];
    case 'fixed_binary':
      return [new Uint8Array(type.width), new Uint8Array(type.width).fill(255)];
    case 'list':
      return [[], ...nestedEdges(type.item).map((value) => [value, value])];
    case 'fixed_list':
      return nestedEdges(type.item).map((value) => Array.from({ length: type.size }, () => value));
    case 'struct':
      return edgesOfStruct(type.fields);
    case 'map': {
      const entry = entriesOf(type);
      const edges = entry.type.kind === 'struct' ? edgesOfStruct(entry.type.fields) : [];
      return [new Map(), ...edges.map(({ key, value }) => new Map([[key, value]]))];
    }
    default:
      return [];
  }
}

/** Flat edges that `edge-values.ts` has are left to columns that are not nested. */
function nestedEdges({ type, nullable }: Field): readonly unknown[] {
  const edges = moreEdges(type);
  return nullable ? [null, ...edges] : edges;
}

function edgesOfStruct(fields: readonly Field[]): Record<string, unknown>[] {
  const [first] = fields;
  if (first === undefined || fields.some((field) => nestedEdges(field).length === 0)) return [];
  const longest = Math.max(...fields.map((field) => nestedEdges(field).length));
  return Array.from({ length: longest }, (_, at) =>
    Object.fromEntries(
      fields.map((field) => {
        const edges = nestedEdges(field);
        return [field.name, edges[at % edges.length]];
      }),
    ),
  );
}
