// Owns the decoding of whole values of MessagePack by the library, so that nothing is lost: 64-bit integers are bigints, times keep
// their nanoseconds, and keys of maps their type and order. A key that a map has twice is refused.
import { Decoder, decodeTimestampToTimeSpec, EXT_TIMESTAMP, ExtData, ExtensionCodec } from '@msgpack/msgpack';

/** A point in time as extension -1 has it. */
export class Instant {
  constructor(
    readonly seconds: number,
    readonly nanoseconds: number,
  ) {}
}

const codec = new ExtensionCodec();
codec.register({
  type: EXT_TIMESTAMP,
  encode: () => null,
  decode: (bytes) => {
    const { sec, nsec } = decodeTimestampToTimeSpec(bytes);
    return new Instant(sec, nsec);
  },
});

/** Begins the keys of objects that stand for keys that are no strings, or that JavaScript would put in another order. */
const mark = '\0';

/** What stands for the key of a map in the object that the library makes of it. */
export function keyText(key: unknown): string {
  switch (typeof key) {
    case 'string':
      return /^(?:\d|\0)/.test(key) ? `${mark}s${key}` : key;
    case 'number':
    case 'bigint':
      return `${mark}n${key}`;
    case 'boolean':
      return `${mark}b${key}`;
    default:
      throw new RangeError(`a map has a key of type ${key === null ? 'nil' : typeof key}`);
  }
}

/** The key that `keyText` was given; integers as bigints. */
export function keyOf(text: string): string | bigint | number | boolean {
  if (!text.startsWith(mark)) return text;
  const rest = text.slice(2);
  if (text[1] === 's') return rest;
  if (text[1] === 'b') return rest === 'true';
  return /^-?\d+$/.test(rest) ? BigInt(rest) : Number(rest);
}

const decoderWith = (mapKeyConverter: (key: unknown) => string): Decoder =>
  new Decoder({ useBigInt64: true, extensionCodec: codec, mapKeyConverter });

/**
 * Decodes one whole value. Throws what the library throws, and a RangeError for a map that has a key twice, of which the library
 * keeps the last. Bytes in it are views of those given.
 */
export function valueDecoder(): (bytes: Uint8Array) => unknown {
  let keys = 0;
  const decoder = decoderWith((key) => {
    keys += 1;
    return keyText(key);
  });
  return (bytes) => {
    keys = 0;
    const value = decoder.decode(bytes);
    // Most rows have no maps within.
    const isOne = isMap(value) && Object.keys(value).length === keys;
    if (!isOne && keysIn(value) !== keys) throw new RangeError(`a map has the key ${twiceIn(bytes)} twice`);
    return value;
  };
}

/** Whether the library has made it of a map. */
export function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Uint8Array || value instanceof Instant || value instanceof ExtData)
  );
}

function keysIn(value: unknown): number {
  const inner = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];
  let keys = isMap(value) ? inner.length : 0;
  for (const one of inner) if (typeof one === 'object') keys += keysIn(one);
  return keys;
}

/** The first key that a map has twice, quoted. Numbered, all of them are kept. */
function twiceIn(bytes: Uint8Array): string | undefined {
  let number = 0;
  const decoder = decoderWith((key) => {
    number += 1;
    return `${mark}${number}${mark}${keyText(key)}`;
  });
  const find = (value: unknown): string | undefined => {
    const seen = new Set<string>();
    for (const numbered of isMap(value) ? Object.keys(value) : []) {
      const text = numbered.slice(numbered.indexOf(mark, 1) + 1);
      const key = keyOf(text);
      if (seen.has(text)) return typeof key === 'string' ? `'${key}'` : String(key);
      seen.add(text);
    }
    const inner = Array.isArray(value) ? value : isMap(value) ? Object.values(value) : [];
    for (const one of inner) {
      const found = find(one);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return find(decoder.decode(bytes));
}
