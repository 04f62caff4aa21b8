// Owns what stands for each type in the Parquet files of polars, and why it is refused the rest.
import { as, type Refusal, type TypeMappings } from './mapping.js';
import { decimalsAs } from './parquet-types.js';

const refused = (because: string): Refusal => ({
  because,
  instead: 'Leave out the option engine: the engine is then one that holds it.',
});
const nested = refused('its bridge to JavaScript takes flat columns of Arrow alone');

export const parquetPolarsTypes: TypeMappings = {
  bool: as('BOOLEAN'),
  int8: as('INT32, INTEGER(8, signed)'),
  int16: as('INT32, INTEGER(16, signed)'),
  int32: as('INT32'),
  int64: as('INT64'),
  uint8: as('INT32, INTEGER(8, unsigned)'),
  uint16: as('INT32, INTEGER(16, unsigned)'),
  uint32: as('INT32, INTEGER(32, unsigned)'),
  uint64: as('INT64, INTEGER(64, unsigned)'),
  float16: refused('it has no type for it'),
  float32: as('FLOAT'),
  float64: as('DOUBLE'),
  decimal: decimalsAs('INT32, INT64 or FIXED_LEN_BYTE_ARRAY by precision, DECIMAL'),
  timestamp: as('INT64, TIMESTAMP in the unit; seconds become milliseconds'),
  date: as('INT32, DATE'),
  time: refused('it turns every unit into nanoseconds'),
  duration: as(
    'INT64: a count of the unit, of which only Arrow readers are told; seconds become milliseconds',
  ),
  utf8: as('BYTE_ARRAY, STRING'),
  binary: as('BYTE_ARRAY'),
  fixed_binary: refused('it forgets the width'),
  dictionary: as('BYTE_ARRAY, STRING'),
  null: refused('it has no type for it'),
  list: nested,
  fixed_list: nested,
  struct: nested,
  map: nested,
};
