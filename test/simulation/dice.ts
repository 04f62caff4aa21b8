// Owns seeded chance: the same seed gives the same numbers on every machine.

/** A stream of numbers that a seed decides. */
export interface Dice {
  /** In [0, 1). */
  next(): number;
  /** Whole, from `low` to `high` inclusive. */
  int(low: number, high: number): number;
  chance(probability: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** A stream of its own: what is drawn from it changes nothing here. */
  fork(label: number): Dice;
}

/** sfc32 (C. Doty-Humphrey, PractRand: Small Fast Counting generator of 32 bits), its state filled from the seed. */
export function createDice(seed: number): Dice {
  let a = (seed | 0) ^ 0x9e3779b9;
  let b = Math.imul(seed ^ 0x85ebca6b, 0xc2b2ae35);
  let c = Math.trunc(seed / 2 ** 32) ^ 0x27d4eb2f;
  let counter = 1;
  const draw = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let round = 0; round < 12; round += 1) draw();
  const dice: Dice = {
    next: () => draw() / 2 ** 32,
    int: (low, high) => low + Math.floor((draw() / 2 ** 32) * (high - low + 1)),
    chance: (probability) => draw() / 2 ** 32 < probability,
    pick<T>(items: readonly T[]): T {
      const item = items[dice.int(0, items.length - 1)];
      if (item === undefined) throw new Error('nothing to pick from');
      return item;
    },
    fork: (label) => createDice(draw() * 1024 + label),
  };
  return dice;
}
