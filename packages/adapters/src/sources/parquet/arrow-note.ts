// Owns the note that Arrow writers leave among the key-value pairs of a Parquet file: the schema that its columns had with them.
import {
  encodeBytes,
  encodeStruct,
  encodeStructList,
  readList,
  readStruct,
  readText,
  thriftType,
} from './thrift.js';

const key = 'ARROW:schema';
const pairMeta = { key: 1, value: 2 } as const;

/**
 * The list of pairs that holds this note alone.
 * @param schema a message of Arrow IPC
 */
export function keyValuesWith(schema: Uint8Array): Uint8Array {
  const text = (id: number, said: string) => ({
    id,
    type: thriftType.binary,
    bytes: encodeBytes(Buffer.from(said)),
  });
  const value = Buffer.from(schema).toString('base64');
  return encodeStructList([encodeStruct([text(pairMeta.key, key), text(pairMeta.value, value)])]);
}

/**
 * The list of pairs without the note, with which strings, times and numbers come in the one form that follows from the Parquet
 * types; undefined where nothing is left.
 */
export function withoutArrowSchema(pairs: Uint8Array): Uint8Array | undefined {
  const others = readList(pairs, { start: 0, end: pairs.length }).filter((range) => {
    const found = readStruct(pairs, range.start).get(pairMeta.key);
    return found === undefined || readText(pairs, found) !== key;
  });
  return others.length === 0
    ? undefined
    : encodeStructList(others.map(({ start, end }) => pairs.subarray(start, end)));
}
