// Owns which tables two engines must refuse, and no others: their types, and single values.
import type { DataType, Field } from '@tailrace/core/sink';

type Rows = readonly Readonly<Record<string, unknown>>[];
export type MustRefuse = (fields: readonly Field[], rows: Rows) => boolean;

const polarsLacks: ReadonlySet<DataType['kind']> = new Set(['float16', 'time', 'fixed_binary', 'null']);
export const polarsRefuses: MustRefuse = (fields) => fields.some(({ type }) => polarsLacks.has(type.kind));

const liteLacks: ReadonlySet<DataType['kind']> = new Set([
  'uint32',
  'uint64',
  'float16',
  'decimal',
  'duration',
  'null',
]);
const isFine = (unit: string): boolean => unit === 'us' || unit === 'ns';

function isTypeLiteLacks(type: DataType): boolean {
  if (type.kind === 'timestamp') return type.timezone === null || isFine(type.unit);
  return liteLacks.has(type.kind) || (type.kind === 'time' && isFine(type.unit));
}

/** Of the types that it has, the values that it would change. */
function isChangedByLite({ kind }: DataType, value: unknown): boolean {
  if (value === null) return false;
  switch (kind) {
    case 'int64':
      return !Number.isSafeInteger(Number(value));
    case 'float32':
    case 'float64':
      return Number.isNaN(value) || Object.is(value, -0);
    default:
      return false;
  }
}

export const liteRefuses: MustRefuse = (fields, rows) =>
  fields.some(
    ({ name, type }) => isTypeLiteLacks(type) || rows.some((row) => isChangedByLite(type, row[name])),
  );
