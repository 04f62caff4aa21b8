import { describe, expect, it } from 'vitest';
import { type AttemptRules, createAttemptRules } from './attempt-rules.js';
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

describe('an output that fails because the pool is broken', () => {
  const failed = {
    name: 'out',
    state: 'failed' as const,
    error: { code: 'POOL_BROKEN', message: 'no worker left' },
  };

  function violationsAfter(tell: (rules: AttemptRules) => void): readonly string[] {
    const world = createWorld(createDice(1), soundDisk, 10);
    const rules = createAttemptRules(world, 'p1', new Map());
    rules.started('out~1/0#1');
    tell(rules);
    rules.ended('out~1/0#1', 'attempt.aborted');
    rules.mayFail(failed, []);
    return world.violations.map(({ message }) => message);
  }
  const causeless = ['p1: out ended failed without a cause: no worker left'];

  it('has a cause where the worker of an attempt that was given up was ended before the answer (seed 310014015)', () => {
    const told = violationsAfter((rules) => {
      rules.givenUp('out~1/0#1');
      rules.losing('out~1/0#1');
    });
    expect(told).toEqual([]);
  });

  it('has none where an attempt was given up, and its worker was left alone', () => {
    expect(violationsAfter((rules) => rules.givenUp('out~1/0#1'))).toEqual(causeless);
  });

  it('has none where the worker was ended of an attempt that was not the one that was given up', () => {
    const told = violationsAfter((rules) => {
      rules.givenUp('other~2/0#1');
      rules.losing('out~1/0#1');
    });
    expect(told).toEqual(causeless);
  });
});
