import { describe, expect, it } from 'vitest';
import { dueIn } from './beat.js';

describe('a part of the page that has changed', () => {
  it('is drawn at once in sight, but for one that has a beat of its own', () => {
    expect(dueIn(true, 0, 0)).toBe(0);
    expect(dueIn(true, 1_000, 5_000)).toBe(0);
  });

  it('keeps its beat more or less: it is drawn with what comes shortly before, and waits for what comes shortly after', () => {
    expect(dueIn(true, 1_000, 700)).toBe(0);
    expect(dueIn(true, 1_000, 699)).toBe(601);
    expect(dueIn(true, 1_000, 0)).toBe(1_300);
  });

  it('is drawn out of sight in the next lull, and every five seconds where there is none', () => {
    expect(dueIn(false, 0, 0)).toBe(1_500);
    expect(dueIn(false, 1_000, 3_499)).toBe(1_500);
    expect(dueIn(false, 1_000, 4_900)).toBe(100);
    expect(dueIn(false, 0, 5_500)).toBe(0);
  });
});
