// Owns which builder serves which type of column.
import type { Field } from '../batch/schema.js';
import type { Slabs } from '../budget/slabs.js';
import type { ColumnBuilder } from './column-builder.js';
import { DictionaryColumn } from './dictionary-column.js';
import { BoolColumn, DateColumn, Float64Column, Int32Column } from './fixed-columns.js';
import type { RowSite } from './row-site.js';
import { Utf8Column } from './utf8-column.js';
import { Int64Column, TimestampColumn } from './wide-columns.js';

/** Makes the builder of a column. `site` is where its errors say a value came from. */
export function createColumnBuilder(field: Field, slabs: Slabs, site: RowSite): ColumnBuilder {
  const { type } = field;
  switch (type.kind) {
    case 'bool':
      return new BoolColumn(field, site);
    case 'int32':
      return new Int32Column(field, site);
    case 'float64':
      return new Float64Column(field, site);
    case 'date':
      return new DateColumn(field, site);
    case 'int64':
      return new Int64Column(field, site);
    case 'timestamp':
      return new TimestampColumn(field, type, site);
    case 'utf8':
      return new Utf8Column(field, slabs, site);
    case 'dictionary':
      return new DictionaryColumn(field, slabs, site);
  }
}
