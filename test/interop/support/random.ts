// Owns seeded randomness: the same seed gives the same table on every machine.

export interface Random {
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  chance(share: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** Any 32 bits, as a signed number. */
  word(): number;
  /** Any 64 bits, as a signed number. */
  long(): bigint;
  /** From 0 to just below 1, with 53 random bits. */
  fraction(): number;
}

/** Mulberry32, a public-domain generator by Tommy Ettinger: 32 bits of state, good enough to scatter test data. */
export function random(seed: number): Random {
  let state = seed | 0;
  const word = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return mixed ^ (mixed >>> 14);
  };
  const below = (limit: number): number => Math.floor(((word() >>> 0) / 2 ** 32) * limit);
  return {
    below,
    between: (low, high) => low + below(high - low + 1),
    chance: (share) => (word() >>> 0) / 2 ** 32 < share,
    pick(list) {
      if (list.length === 0) throw new Error('Nothing to pick from.');
      return list[below(list.length)] as (typeof list)[number]; // the index is in range
    },
    word,
    long: () => (BigInt(word()) << 32n) | BigInt(word() >>> 0),
    fraction: () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53,
  };
}
