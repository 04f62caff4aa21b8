import { describe, expect, it } from 'vitest';
import { createAttemptRules } from './attempt-rules.js';
import { createDice } from './dice.js';
import { soundDisk } from './scenario.js';
import { createWorld } from './world.js';

describe('an attempt that follows one that was prepared', () => {
  it('breaks a rule', () => {
    const world = createWorld(createDice(1), soundDisk, 10);
    const rules = createAttemptRules(world, 'p1', new Map());
    rules.started('out~1/0#1');
    rules.ended('out~1/0#1', 'attempt.prepared');
    rules.started('out~1/0#2');
    expect(world.violations.map(({ message }) => message)).toEqual([
      'p1: out~1/0#2 was started after its write was prepared',
    ]);
  });

  it('breaks none when that one had been given up before its answer came (seeds 1016384, 2008186)', () => {
    const world = createWorld(createDice(1), soundDisk, 10);
    const rules = createAttemptRules(world, 'p1', new Map());
    rules.started('out~1/0#1');
    rules.givenUp('out~1/0#1');
    rules.ended('out~1/0#1', 'attempt.prepared');
    rules.started('out~1/0#2');
    expect(world.violations).toEqual([]);
  });
});
