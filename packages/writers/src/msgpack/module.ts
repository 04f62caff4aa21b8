// Owns the MessagePack format as worker threads load it.
import { type DataType, defineFormat, type FormatDefinition, type TailraceError } from '@tailrace/core/sink';
import { endingOf } from '../compress/compression.js';
import { ensureTypes } from '../types/ensure-types.js';
import { msgpackTypes } from '../types/msgpack-types.js';
import { nameOfTwo, refusedColumn } from '../types/refused-column.js';
import { msgpackEncoder } from './encoder.js';
import type { MsgpackFormatOptions } from './options.js';

const msgpackFormat: FormatDefinition<MsgpackFormatOptions> = defineFormat<MsgpackFormatOptions>({
  name: 'msgpack',
  extension: (options) => `.msgpack${endingOf(options)}`,
  check(schema) {
    const twice = nameOfTwo(schema);
    if (twice !== undefined) {
      throw refused(twice, `Two columns are named "${twice}", and a map keeps only one`);
    }
    ensureTypes('MessagePack', msgpackTypes, schema);
    for (const { name, type } of schema.fields) ensureKeys(name, name, type);
  },
  dialect: ({ layout }) => ({ layout }),
  open: msgpackEncoder,
});

export default msgpackFormat;

/** @msgpack/msgpack refuses to read such a key, and other readers in JavaScript lose it or worse. */
function ensureKeys(name: string, path: string, type: DataType): void {
  if (name === '__proto__')
    throw refused(path, `The column "${path}" would be a key "__proto__", which readers refuse`);
  switch (type.kind) {
    case 'struct':
      for (const field of type.fields) ensureKeys(field.name, `${path}.${field.name}`, field.type);
      break;
    case 'list':
    case 'fixed_list':
      ensureKeys('', `${path}[]`, type.item.type);
      break;
    case 'map':
      ensureKeys('', `${path}.value`, type.value.type);
      break;
    default:
  }
}

const refused = (column: string, what: string): TailraceError => refusedColumn(column, `${what}; rename it.`);
