// Owns the laying down of a few known strings as Arrow text: dictionaries, mostly.
import type { DictionaryData } from './batch-data.js';

/** Strings as UTF-8 bytes and offsets, in memory that is not shared. */
export function layDown(texts: readonly string[]): DictionaryData {
  const offsets = new Int32Array(texts.length + 1);
  let bytes = 0;
  for (const [at, text] of texts.entries()) {
    bytes += Buffer.byteLength(text, 'utf8');
    offsets[at + 1] = bytes;
  }
  const values = new Uint8Array(bytes);
  const native = Buffer.from(values.buffer);
  for (const [at, text] of texts.entries()) native.write(text, offsets[at] as number, 'utf8');
  return { length: texts.length, offsets, values };
}
