import { describe, expect, it } from 'vitest';
import { dueIn } from './beat.js';

describe('a part of the page that has changed', () => {
  it('is drawn at once in sight, but for one that has a beat of its own', () => {
    expect(dueIn(true, 0, 0)).toBe(0);
    expect(dueIn(true, 1_000, 300)).toBe(700);
    expect(dueIn(true, 1_000, 5_000)).toBe(0);
  });

  it('is drawn out of sight in the next lull, and every two seconds where there is none', () => {
    expect(dueIn(false, 0, 0)).toBe(700);
    expect(dueIn(false, 1_000, 1_299)).toBe(700);
    expect(dueIn(false, 1_000, 1_900)).toBe(100);
    expect(dueIn(false, 0, 2_500)).toBe(0);
  });
});
