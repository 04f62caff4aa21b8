// Owns what may be asked for a single column of a Parquet file, and whether the column can have it.
import { type DataType, describeType, type Schema } from '@tailrace/core/sink';
import { refusedColumn } from '../types/refused-column.js';

export interface ParquetColumnOptions {
  /**
   * How values stand in pages without a dictionary, or once the dictionary has grown too large: `plain` as they are, or
   * `delta`: differences for integers and times (DELTA_BINARY_PACKED), lengths and bytes for text (DELTA_LENGTH_BYTE_ARRAY).
   * Default: chosen by a sample.
   */
  readonly encoding?: 'plain' | 'delta' | undefined;
  /** Whether values that repeat are stored once and referred to by codes. Default: chosen by a sample. */
  readonly dictionary?: boolean | undefined;
  /** False: the file tells no bounds of this column, for values that must not show in metadata. Default: as the file. */
  readonly statistics?: boolean | undefined;
  /** The id by which Iceberg and others know the column whatever its name. Default none. */
  readonly fieldId?: number | undefined;
  /**
   * A filter by which readers leave out row groups that cannot hold a value. No engine writes one yet: true is refused. Sorted by
   * the column, row groups have narrow bounds, which do the same. Default false.
   */
  readonly bloomFilter?: boolean | undefined;
}

/** As options travel to workers: by name, in the order in which they were given. */
export type ColumnOptions = readonly (readonly [name: string, options: ParquetColumnOptions])[];

export function chosenByName(columns: ColumnOptions = []): ReadonlyMap<string, ParquetColumnOptions> {
  return new Map(columns);
}

export function fieldIdsOf(columns: ColumnOptions = []): ReadonlyMap<string, number> {
  const ids = columns.flatMap(([name, { fieldId }]) =>
    fieldId === undefined ? [] : [[name, fieldId] as const],
  );
  return new Map(ids);
}

/** Throws SCHEMA_INVALID for options of a column that the schema has not, or whose type cannot have what is asked. */
export function checkColumns(schema: Schema, columns: ColumnOptions = []): void {
  for (const [name, options] of columns) {
    const field = schema.fields.find((candidate) => candidate.name === name);
    if (field === undefined) {
      const known = schema.fields.map((candidate) => candidate.name).join(', ');
      throw refusedColumn(
        name,
        `The option columns names "${name}"; the stage has the columns ${known}. Correct the name.`,
      );
    }
    const { type } = field;
    const ask = asks(options);
    const what = ask.find((one) => !canHave(type, one));
    if (what !== undefined) {
      throw refusedColumn(
        name,
        `Column "${name}" is ${describeType(type)}, which cannot have ${what}. Leave it out: columns: { "${name}": ... }.`,
      );
    }
  }
}

type Ask = 'encoding: delta' | 'encoding: plain' | 'dictionary: true' | 'dictionary: false' | 'statistics';

function asks({ encoding, dictionary, statistics }: ParquetColumnOptions): Ask[] {
  return [
    ...(encoding === undefined ? [] : [`encoding: ${encoding}` as const]),
    ...(dictionary === undefined ? [] : [`dictionary: ${dictionary}` as const]),
    ...(statistics === undefined ? [] : (['statistics'] as const)),
  ];
}

function canHave(type: DataType, ask: Ask): boolean {
  switch (type.kind) {
    case 'bool':
      return ask !== 'encoding: delta' && ask !== 'dictionary: true';
    case 'float16':
    case 'float32':
    case 'float64':
    case 'decimal':
    case 'fixed_binary':
      return ask !== 'encoding: delta';
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'duration':
    case 'utf8':
    case 'binary':
    case 'dictionary':
      return true;
    // Their leaves are columns of their own in Parquet, of which the option names none.
    case 'null':
    case 'list':
    case 'fixed_list':
    case 'struct':
    case 'map':
      return false;
  }
}
