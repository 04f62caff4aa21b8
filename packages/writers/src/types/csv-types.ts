// Owns what stands for each type in CSV.
import { as, type Refusal, type TypeMappings } from './mapping.js';

const nested: Refusal = {
  because: 'a cell has no parts',
  instead:
    'Give the parts columns of their own in a stage, turn them into text with JSON.stringify, or write NDJSON or Parquet.',
};

export const csvTypes: TypeMappings = {
  bool: as('true, false'),
  int8: as('digits'),
  int16: as('digits'),
  int32: as('digits'),
  int64: as('digits'),
  uint8: as('digits'),
  uint16: as('digits'),
  uint32: as('digits'),
  uint64: as('digits'),
  float16: as('shortest digits of the same double; NaN, Infinity'),
  float32: as('shortest digits of the same double; NaN, Infinity'),
  float64: as('shortest digits of the same double; NaN, Infinity'),
  decimal: as('digits, with all of the scale after the point'),
  timestamp: as(
    'ISO 8601, with Z unless the column has no zone; SQL form or a count by the option timestamps',
  ),
  date: as('YYYY-MM-DD; days since 1970 with dates: "count"'),
  time: as('HH:MM:SS with the digits of the unit'),
  duration: as('digits: a count of the unit'),
  utf8: as('text, quoted where RFC 4180 asks for it'),
  binary: as('base64'),
  fixed_binary: as('base64'),
  dictionary: as('text, quoted where RFC 4180 asks for it'),
  null: as('the text of null'),
  list: nested,
  fixed_list: nested,
  struct: nested,
  map: nested,
};
