// Owns what stands for each type in Arrow IPC.
import { as, type TypeMappings } from './mapping.js';

export const arrowTypes: TypeMappings = {
  bool: as('Bool'),
  int8: as('Int8'),
  int16: as('Int16'),
  int32: as('Int32'),
  int64: as('Int64'),
  uint8: as('Uint8'),
  uint16: as('Uint16'),
  uint32: as('Uint32'),
  uint64: as('Uint64'),
  float16: as('Float16'),
  float32: as('Float32'),
  float64: as('Float64'),
  decimal: as('Decimal128 or Decimal256'),
  timestamp: as('Timestamp in the unit, with the zone'),
  date: as('Date32'),
  time: as('Time32 (s, ms) or Time64 (us, ns)'),
  duration: as('Duration in the unit'),
  utf8: as('Utf8 or LargeUtf8'),
  binary: as('Binary or LargeBinary'),
  fixed_binary: as('FixedSizeBinary'),
  dictionary: as(
    'Dictionary of Int32 and Utf8 in streams, Utf8 in files, or as the option dictionaries says',
  ),
  null: as('Null'),
  list: as('List or LargeList'),
  fixed_list: as('FixedSizeList'),
  struct: as('Struct'),
  map: as('Map'),
};
