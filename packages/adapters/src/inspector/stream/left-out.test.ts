import { describe, expect, it } from 'vitest';
import { createLeftOut } from './left-out.js';

describe('what is left out', () => {
  it('is counted for each root by itself, and given when it has changed', () => {
    const left = createLeftOut();
    left.count('a', 'writes');
    left.count('a', 'actors');
    left.count('b', 'events');
    expect(left.isChanged).toBe(true);
    expect(left.take()).toEqual([
      ['a', { writes: 1, actors: 1, events: 0 }],
      ['b', { writes: 0, actors: 0, events: 1 }],
    ]);
    expect(left.isChanged).toBe(false);
    expect(left.take()).toEqual([]);
    left.count('a', 'writes', -1);
    expect(left.take()).toEqual([['a', { writes: 0, actors: 1, events: 0 }]]);
  });

  it('goes on from what it was after the end of its root, of the last ones that have ended', () => {
    const left = createLeftOut();
    for (let n = 0; n < 100; n += 1) {
      left.count(`r${n}`, 'writes');
      left.end(`r${n}`);
    }
    expect(left.take()).toHaveLength(100);
    left.count('r99', 'writes');
    left.count('r0', 'writes');
    expect(left.take()).toEqual([
      ['r99', { writes: 2, actors: 0, events: 0 }],
      ['r0', { writes: 1, actors: 0, events: 0 }],
    ]);
  });
});
