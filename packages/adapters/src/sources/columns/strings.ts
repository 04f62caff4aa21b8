// Owns the way from UTF-8 bytes to strings in bulk. Repeated short strings are made once.

const cacheSlots = 4_096;
/** Longer strings seldom repeat, and comparing them costs more than decoding. */
const cachedUpTo = 32;
/** Lookups after which a cache that mostly misses is given up. */
const trial = 8_192;

export type StringsDecoder = (
  values: Uint8Array,
  offsets: Int32Array,
  from: number,
  to: number,
  out: unknown[],
) => void;

/** A decoder for one column; it writes strings `from..to` of `values` to `out[0..]`. */
export function stringsDecoder(): StringsDecoder {
  const cache: (string | undefined)[] = new Array(cacheSlots).fill(undefined);
  let lookups = 0;
  let misses = 0;
  let caching = true;

  return (values, offsets, from, to, out) => {
    const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
    let start = offsets[from] ?? 0;
    for (let row = from; row < to; row++) {
      const end = offsets[row + 1] ?? start;
      const length = end - start;
      if (!caching || length > cachedUpTo) {
        out[row - from] = bytes.toString('utf8', start, end);
      } else {
        let hash = length;
        let seen = 0;
        for (let at = start; at < end; at++) {
          const byte = bytes[at] ?? 0;
          seen |= byte;
          hash = (Math.imul(hash, 31) + byte) | 0;
        }
        const slot = (hash ^ (hash >>> 15)) & (cacheSlots - 1);
        const known = cache[slot];
        if (known !== undefined && same(known, bytes, start, length)) {
          out[row - from] = known;
        } else {
          misses += 1;
          const text = bytes.toString(seen < 0x80 ? 'latin1' : 'utf8', start, end);
          // Only ASCII can be compared character by byte.
          if (seen < 0x80) cache[slot] = text;
          out[row - from] = text;
        }
        lookups += 1;
      }
      start = end;
    }
    if (lookups >= trial) {
      caching = misses * 2 < lookups;
      lookups = 0;
      misses = 0;
    }
  };
}

function same(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let at = 0; at < length; at++) if (text.charCodeAt(at) !== bytes[start + at]) return false;
  return true;
}
