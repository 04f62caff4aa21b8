import { describe, expect, it } from 'vitest';
import type { Spillable } from './memory.js';
import { relieve } from './relieve.js';
import { createTestMemory } from './test-rig.js';

function holder(name: string, bytes: number, told: string[]): Spillable {
  const memory = { bytes };
  return {
    name,
    spillableBytes: () => memory.bytes,
    spill: async () => 0,
    spillSync(targetBytes) {
      told.push(`${name} ${targetBytes}`);
      return 0;
    },
  };
}

describe('relieve', () => {
  it('does nothing within the limit', () => {
    const memory = createTestMemory({ limitBytes: 100 });
    const told: string[] = [];
    memory.addSpillable(holder('a', 50, told));
    memory.budget.reserve(100, 'batch');
    relieve(memory, 's', 50, 'fail');
    relieve(memory, 's', 50, 'spill');
    expect(told).toEqual([]);
  });

  it('tells the largest holder first, and those that cannot spill synchronously not at all', () => {
    const memory = createTestMemory({ limitBytes: 100 });
    const told: string[] = [];
    memory.addSpillable(holder('small', 10, told));
    memory.addSpillable(holder('large', 60, told));
    memory.addSpillable({ name: 'async', spillableBytes: () => 90, spill: async () => 0 });
    memory.budget.reserve(130, 'batch');
    relieve(memory, 's', 20, 'spill');
    expect(told).toEqual(['large 30', 'small 30']);
  });

  it('fails only when something else than the new batch is held', () => {
    const memory = createTestMemory({ limitBytes: 100 });
    memory.budget.reserve(30, 'encoder');
    const held = memory.budget.reserve(120, 'batch');
    relieve(memory, 's', 120, 'fail');
    held.resize(121);
    expect(() => relieve(memory, 'flood', 120, 'fail')).toThrow(
      expect.objectContaining({
        code: 'OVERFLOW',
        context: expect.objectContaining({ stage: 'flood', usedBytes: 151 }),
      }),
    );
  });
});
