// Owns the damage that is done to a file: the same for a seed and a trial, wherever it is done.

/** What was done, in words, and what came of it. */
export interface Damaged {
  readonly shown: string;
  readonly bytes: Buffer;
}

/** Lengths and counts that no file of this size can have, as the formats write them. */
const lengths: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff],
  [0x00, 0x00, 0x00, 0x80],
  // LEB128 of 2^31 - 1, 2^32 - 1 and 2^63 - 1; as zigzag the greatest and the least that there are.
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
];

export function damaged(whole: Buffer, seed: number, trial: number): Damaged {
  const next = randoms(seed * 1_000_003 + trial);
  const below = (limit: number): number => Math.floor(next() * limit);
  // The end of a file is where most of its meaning is.
  const place = (): number =>
    next() < 0.5 ? below(whole.length) : whole.length - 1 - below(Math.ceil(whole.length / 10));
  const bytes = Buffer.from(whole);
  const at = place();
  switch (below(7)) {
    case 0:
      return { shown: `cut at ${at}`, bytes: bytes.subarray(0, at) };
    case 1: {
      const flips = Array.from({ length: 1 + below(8) }, () => [place(), below(256)] as const);
      for (const [where, value] of flips) bytes[where] = value;
      return { shown: `bytes set: ${flips.map(([where, value]) => `${where}=${value}`).join(' ')}`, bytes };
    }
    case 2: {
      const bit = below(8);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
      return { shown: `bit ${bit} turned at ${at}`, bytes };
    }
    case 3: {
      const length = lengths[below(lengths.length)] ?? [];
      bytes.set(length.slice(0, whole.length - at), at);
      return { shown: `length ${length.join(' ')} at ${at}`, bytes };
    }
    case 4: {
      const gone = 1 + below(64);
      return {
        shown: `${gone} bytes gone at ${at}`,
        bytes: Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + gone)]),
      };
    }
    case 5: {
      const more = Buffer.from(Array.from({ length: 1 + below(32) }, () => below(256)));
      return {
        shown: `bytes ${more.toString('hex')} more at ${at}`,
        bytes: Buffer.concat([bytes.subarray(0, at), more, bytes.subarray(at)]),
      };
    }
    default: {
      const [one, other] = [place(), place()];
      const [from, to] = [Math.min(one, other), Math.max(one, other)];
      return {
        shown: `from ${from} to ${to} once more at ${at}`,
        bytes: Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, to), bytes.subarray(at)]),
      };
    }
  }
}

/** Numbers in [0, 1): Marsaglia's xorshift of 32 bits (Journal of Statistical Software 8, 2003), after some rounds of mixing. */
function randoms(seed: number): () => number {
  let state = (Math.imul(seed, 0x9e37_79b1) ^ Math.floor(seed / 2 ** 32)) | 1;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 8; round += 1) next();
  return next;
}
