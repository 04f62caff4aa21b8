// Owns what stands for each type in the Parquet files of parquetjs-lite, and why it is refused the rest.
import { as, type Mapping, type Refusal, type TypeMappings } from './mapping.js';

const instead = 'Leave out the option engine: the engine is then one that holds it.';
const refused = (because: string): Refusal => ({ because, instead });
const nested = refused('it makes no difference between null and an empty list');

const milliseconds: Mapping = {
  as: 'INT64, TIMESTAMP_MILLIS; seconds become milliseconds',
  except: (type) => {
    if (type.kind !== 'timestamp') return undefined;
    if (type.timezone === null) return refused('it calls every timestamp UTC');
    return type.unit === 'us' || type.unit === 'ns' ? refused('it keeps milliseconds alone') : undefined;
  },
};
const timeOfDay: Mapping = {
  as: 'INT32, TIME_MILLIS; seconds become milliseconds',
  except: (type) =>
    type.kind === 'time' && (type.unit === 'us' || type.unit === 'ns')
      ? refused('it keeps milliseconds alone')
      : undefined,
};

export const parquetLiteTypes: TypeMappings = {
  bool: as('BOOLEAN'),
  int8: as('INT32, INT_8'),
  int16: as('INT32, INT_16'),
  int32: as('INT32'),
  int64: as('INT64 up to 2^53, beyond it an error'),
  uint8: as('INT32, UINT_8'),
  uint16: as('INT32, UINT_16'),
  uint32: refused('it has no numbers above 2^31'),
  uint64: refused('it has no numbers above 2^63, and rounds those above 2^53'),
  float16: refused('it has no type for it'),
  float32: as('FLOAT; NaN and -0 are errors'),
  float64: as('DOUBLE; NaN and -0 are errors'),
  decimal: refused('it has no decimals'),
  timestamp: milliseconds,
  date: as('INT32, DATE'),
  time: timeOfDay,
  duration: refused('it has no type for it'),
  utf8: as('BYTE_ARRAY, UTF8'),
  binary: as('BYTE_ARRAY'),
  fixed_binary: as('FIXED_LEN_BYTE_ARRAY'),
  dictionary: as('BYTE_ARRAY, UTF8'),
  null: refused('it has no type for it'),
  list: nested,
  fixed_list: nested,
  struct: nested,
  map: nested,
};
