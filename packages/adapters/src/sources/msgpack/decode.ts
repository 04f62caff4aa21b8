// Owns the decoding of whole values of MessagePack by the library, so that nothing is lost: 64-bit integers are bigints, times keep
// their nanoseconds, and keys of maps their type and order.
import { Decoder, decodeTimestampToTimeSpec, EXT_TIMESTAMP, ExtensionCodec } from '@msgpack/msgpack';

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

/** Decodes one whole value. Throws what the library throws. Bytes in it are views of those given. */
export function valueDecoder(): (bytes: Uint8Array) => unknown {
  const decoder = new Decoder({ useBigInt64: true, extensionCodec: codec, mapKeyConverter: keyText });
  return (bytes) => decoder.decode(bytes);
}
