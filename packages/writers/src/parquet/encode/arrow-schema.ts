// Owns the schema as Arrow describes it, which Arrow's readers look for in the footer: it keeps what Parquet's own schema
// does not, such as the zone of a timestamp and which columns have dictionaries. Source: Schema.fbs and
// Message.fbs of apache/arrow.
import { type DataType, type Field, formKey, formOf, type Schema, type TimeUnit } from '@tailrace/core/sink';
import { notOwn } from '../own-types.js';
import { flatBuffer, type Slot, scalar, type Table, table } from './flat-buffer.js';

/** Key in the footer's metadata. */
export const arrowSchemaKey = 'ARROW:schema';

const metadataV5 = 4;
const messageSchema = 1;
/** Members of the union Type. */
const types = {
  int: 2,
  floatingPoint: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  time: 9,
  timestamp: 10,
  fixedSizeBinary: 15,
  duration: 18,
  largeBinary: 19,
  largeUtf8: 20,
} as const;
const precisions = { float16: 0, float32: 1, float64: 2 } as const;
const integers = {
  int8: 8,
  int16: 16,
  int32: 32,
  int64: 64,
  uint8: 8,
  uint16: 16,
  uint32: 32,
  uint64: 64,
} as const;
const dateDay = 0;
const timeUnits: Record<TimeUnit, number> = { s: 0, ms: 1, us: 2, ns: 3 };

/** An IPC message of the schema alone, in base64: what Arrow's writers put under `arrowSchemaKey`. */
export function arrowSchema(schema: Schema): string {
  const fields = schema.fields.map(fieldTable);
  const header = table(undefined, fields);
  const message = flatBuffer(table(scalar(2, metadataV5), scalar(1, messageSchema), header, scalar(8, 0)));
  const framed = Buffer.alloc(8 + message.length);
  framed.writeUInt32LE(0xffffffff, 0);
  framed.writeUInt32LE(message.length, 4);
  framed.set(message, 8);
  return framed.toString('base64');
}

function fieldTable({ name, type, nullable }: Field, at: number): Table {
  const [member, of] = typeTable(type);
  // A column that is a dictionary only because its strings were found to repeat is text to its readers.
  const isDictionary = type.kind === 'dictionary' && type.inferred !== true;
  const dictionary = isDictionary ? table(scalar(8, at), int(32)) : undefined;
  // The form that the values had in rows; readers of ours give them back in it.
  const form = type.kind === 'dictionary' ? undefined : formOf(type);
  const metadata = form === undefined ? undefined : [table(formKey, form)];
  return table(name, scalar(1, nullable ? 1 : 0), scalar(1, member), of, dictionary, [], metadata);
}

const int = (bits: number, isSigned = true): Table => table(scalar(4, bits), scalar(1, isSigned ? 1 : 0));

function typeTable(type: DataType): readonly [member: number, of: Slot] {
  switch (type.kind) {
    case 'bool':
      return [types.bool, table()];
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint8':
    case 'uint16':
    case 'uint32':
    case 'uint64':
      return [types.int, int(integers[type.kind], type.kind.startsWith('int'))];
    case 'float16':
    case 'float32':
    case 'float64':
      return [types.floatingPoint, table(scalar(2, precisions[type.kind]))];
    case 'decimal':
      return [types.decimal, table(scalar(4, type.precision), scalar(4, type.scale), scalar(4, type.bits))];
    case 'time':
      return [
        types.time,
        table(scalar(2, timeUnits[type.unit]), scalar(4, type.unit === 's' || type.unit === 'ms' ? 32 : 64)),
      ];
    case 'duration':
      return [types.duration, table(scalar(2, timeUnits[type.unit]))];
    case 'binary':
      return [type.large === true ? types.largeBinary : types.binary, table()];
    case 'fixed_binary':
      return [types.fixedSizeBinary, table(scalar(4, type.width))];
    case 'timestamp':
      return [types.timestamp, table(scalar(2, timeUnits[type.unit]), type.timezone ?? undefined)];
    case 'date':
      return [types.date, table(scalar(2, dateDay))];
    case 'utf8':
      return [type.large === true ? types.largeUtf8 : types.utf8, table()];
    case 'dictionary':
      return [types.utf8, table()];
    default:
      throw notOwn(type);
  }
}
