import { describe, expect, it } from 'vitest';
import { busySecondsIn, machineBusySeconds } from './foreign-load.js';

describe('busySecondsIn', () => {
  it('adds up everything but idle time and waits for the disk, in seconds', () => {
    const stat = 'cpu  100 20 30 5000 700 4 5 6 0 0\ncpu0 50 10 15 2500 350 2 2 3 0 0\n';
    expect(busySecondsIn(stat)).toBeCloseTo((100 + 20 + 30 + 4 + 5 + 6) * 0.01);
  });

  it('reads old kernels that have fewer columns', () => {
    expect(busySecondsIn('cpu 1 2 3 4\n')).toBeCloseTo(0.06);
  });

  it('knows nothing from a text that says nothing', () => {
    expect(busySecondsIn('')).toBeUndefined();
  });
});

describe('machineBusySeconds', () => {
  it.runIf(process.platform === 'linux')('grows with the work of this process', () => {
    const before = machineBusySeconds() ?? 0;
    const { user, system } = process.cpuUsage();
    let spent = 0;
    while (spent < 100_000) {
      const now = process.cpuUsage();
      spent = now.user + now.system - user - system;
    }
    // Ticks of 10 ms, at most one of them missed at each end.
    expect((machineBusySeconds() ?? 0) - before).toBeGreaterThan(0.07);
  });
});
