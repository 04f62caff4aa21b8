// Owns what stands for each type in Parquet, as each of the engines writes it.
import { as, type Mapping, type Refusal, type TypeMappings } from './mapping.js';

const byWasm: Refusal = {
  because: 'its encoder has no form for it',
  instead: 'Leave out the option engine: parquet-wasm then writes the file.',
};

/** Spark, Hive and DuckDB know no larger ones: DuckDB reads other numbers from such files, without an error. */
const most = 38;
export const decimalsAs = (what: string): Mapping => ({
  as: what,
  except: (type) =>
    type.kind === 'decimal' && (type.precision > most || type.bits === 256)
      ? {
          because: `readers of Parquet agree on decimals of at most ${most} digits in 128 bits`,
          instead: `Declare decimal(precision, scale) with a precision up to ${most}, or write it as text.`,
        }
      : undefined,
});

const flat = {
  bool: as('BOOLEAN'),
  int8: as('INT32, INTEGER(8, signed)'),
  int16: as('INT32, INTEGER(16, signed)'),
  int32: as('INT32'),
  int64: as('INT64'),
  uint8: as('INT32, INTEGER(8, unsigned)'),
  uint16: as('INT32, INTEGER(16, unsigned)'),
  uint32: as('INT32, INTEGER(32, unsigned)'),
  uint64: as('INT64, INTEGER(64, unsigned)'),
  float16: as('FIXED_LEN_BYTE_ARRAY(2), FLOAT16'),
  float32: as('FLOAT'),
  float64: as('DOUBLE'),
  timestamp: as('INT64, TIMESTAMP in the unit; seconds become milliseconds'),
  date: as('INT32, DATE'),
  time: as('INT32 (ms) or INT64 (us, ns), TIME; seconds become milliseconds'),
  duration: as(
    'INT64: a count of the unit, of which only Arrow readers are told; seconds become milliseconds',
  ),
  utf8: as('BYTE_ARRAY, STRING'),
  binary: as('BYTE_ARRAY'),
  fixed_binary: as('FIXED_LEN_BYTE_ARRAY'),
  dictionary: as('BYTE_ARRAY, STRING'),
};

/** Of the encoder of this package. */
export const parquetTypes: TypeMappings = {
  ...flat,
  decimal: decimalsAs('FIXED_LEN_BYTE_ARRAY of as few bytes as the precision needs, DECIMAL'),
  null: byWasm,
  list: byWasm,
  fixed_list: byWasm,
  struct: byWasm,
  map: byWasm,
};

/** Of parquet-wasm. */
export const parquetWasmTypes: TypeMappings = {
  ...flat,
  decimal: decimalsAs('INT32, INT64 or FIXED_LEN_BYTE_ARRAY by precision, DECIMAL'),
  null: as('INT32 of nulls, UNKNOWN'),
  list: as('LIST'),
  fixed_list: as('LIST'),
  struct: as('group'),
  map: as('MAP'),
};
