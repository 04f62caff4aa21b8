// Owns random numbers that are the same in every process and on every machine.

/** Numbers in [0, 1) with 32 random bits: mulberry32 by Tommy Ettinger (public domain). */
export function random32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Numbers in [0, 1) with 53 random bits: written in full they have 16 or 17 digits. */
export function random53(seed: number): () => number {
  const next = random32(seed);
  return () => (Math.floor(next() * 2 ** 27) * 2 ** 26 + Math.floor(next() * 2 ** 26)) / 2 ** 53;
}
