// Owns which builder serves which type of column.
import type { Field } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { DictionaryColumn } from './dictionary-column.js';
import { BoolColumn, DateColumn, Float64Column, Int32Column } from './fixed-columns.js';
import { FixedListColumn, ListColumn, MapColumn } from './list-columns.js';
import type { RowSite } from './row-site.js';
import { StructColumn } from './struct-column.js';
import {
  DecimalColumn,
  FixedBinaryColumn,
  FloatColumn,
  NullColumn,
  SmallIntegerColumn,
  TimeColumn,
} from './typed-columns.js';
import { BinaryColumn, Utf8Column } from './utf8-column.js';
import { Int64Column, TimestampColumn, Uint64Column } from './wide-columns.js';

/** Makes the builder of a column. `site` is where its errors say a value came from. */
export function createColumnBuilder(field: Field, slabs: Slabs, site: RowSite): ColumnBuilder {
  const { type } = field;
  const within = (inner: Field, from: RowSite): ColumnBuilder => createColumnBuilder(inner, slabs, from);
  switch (type.kind) {
    case 'bool':
      return new BoolColumn(field, site);
    case 'int8':
    case 'int16':
    case 'uint8':
    case 'uint16':
    case 'uint32':
      return new SmallIntegerColumn(field, type.kind, site);
    case 'int32':
      return new Int32Column(field, site);
    case 'int64':
    case 'duration':
      return new Int64Column(field, type.js, site);
    case 'uint64':
      return new Uint64Column(field, type.js, site);
    case 'float16':
    case 'float32':
      return new FloatColumn(field, type, site);
    case 'float64':
      return new Float64Column(field, site);
    case 'decimal':
      return new DecimalColumn(field, type, site);
    case 'date':
      return new DateColumn(field, site);
    case 'time':
      return new TimeColumn(field, type, site);
    case 'timestamp':
      return new TimestampColumn(field, type, site);
    case 'utf8':
      return new Utf8Column(field, slabs, site);
    case 'binary':
      return new BinaryColumn(field, slabs, site);
    case 'fixed_binary':
      return new FixedBinaryColumn(field, type, site);
    case 'dictionary':
      return new DictionaryColumn(field, slabs, site);
    case 'null':
      return new NullColumn(field, site);
    case 'list':
      return new ListColumn(field, type, slabs, site, within);
    case 'fixed_list':
      return new FixedListColumn(field, type, slabs, site, within);
    case 'struct':
      return new StructColumn(field, type, site, within);
    case 'map':
      return new MapColumn(field, type, slabs, site, within);
  }
}
