// What a campaign says of a group that was left incomplete: which version its growing parts are without.
import { describe, expect, it } from 'vitest';
import { missingIn } from './incomplete-group.js';

const stateWith = (grown: string): string => `p0:12 p1:12 p2:12 | ${grown} | p0:20 p1:20 p2:20`;

describe('what grows in a group that is incomplete', () => {
  it('is without nothing when each of its parts holds every version that is done', () => {
    expect(missingIn(stateWith('p0:1+11+20 p1:1+11+20 p2:1+11+20'), [1, 11, 20])).toEqual([]);
    expect(missingIn(stateWith('p0:1+11+20 p1:1+11+20 p2:1+11+20'), [1, 20])).toEqual([]);
  });

  it('is without a version that one of its parts is without, also where another member holds it', () => {
    expect(missingIn(stateWith('p0:1+12+20 p1:1+20 p2:1+12+20'), [1, 12, 20])).toEqual([12]);
  });

  it('is without a version whose number is the beginning of another', () => {
    expect(missingIn(stateWith('p0:11+21 p1:11+21 p2:11+21'), [1, 2, 11])).toEqual([1, 2]);
  });

  it('is without every version when a part or all of it is absent', () => {
    expect(missingIn(stateWith('p0:1 p2:1'), [1])).toEqual([1]);
    expect(missingIn(stateWith('absent'), [1, 10])).toEqual([1, 10]);
  });
});
