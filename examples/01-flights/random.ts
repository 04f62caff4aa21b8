// Owns a source of random numbers that is the same on every machine for the same seed.

/** A uniform number in [0, 1), a multiple of 2^-32. */
export type Uniform = () => number;

/** Chris Doty-Humphrey's sfc32 (PractRand): 128 bits of state, no cycle shorter than 2^32 numbers. Not for secrets. */
export function seededRandom(seed: number): Uniform {
  let a = 0;
  let b = seed | 0;
  let c = Math.floor(seed / 2 ** 32) | 0;
  let counter = 1;
  const next: Uniform = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // The first numbers still show how little differs between nearby seeds.
  for (let round = 0; round < 12; round += 1) next();
  return next;
}
