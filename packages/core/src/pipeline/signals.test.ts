import { beforeEach, describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { deferred } from '../pool/deferred.js';
import { settled } from '../source/test-rig.js';
import type { Clock } from '../time/clock.js';
import type { Report } from './report.js';
import type { Run } from './run-contract.js';
import { handleSignals, type SignalTarget } from './signals.js';

type Signal = 'SIGINT' | 'SIGTERM';

let timers: SimulatedClock;
let clock: Clock;
let listeners: Record<Signal, (() => void)[]>;
let exits: number[];
let told: string[];
let aborts: (string | undefined)[];
let ending: ReturnType<typeof deferred<Report>>;
let stop: () => void;

const raise = (signal: Signal): void => {
  for (const listener of [...listeners[signal]]) listener();
};
const listening = (): number => listeners.SIGINT.length + listeners.SIGTERM.length;
// Nothing of the report is read.
const report = {} as Report;

beforeEach(() => {
  timers = new SimulatedClock();
  clock = {
    now: () => timers.now(),
    wallTime: () => timers.now(),
    setTimeout: (callback, delayMs) => timers.setTimeout(callback, delayMs),
    // What its own setTimeout has returned.
    clearTimeout: (handle) => timers.clearTimeout(handle as number),
    yield: () => new Promise((resolve) => setImmediate(resolve)),
  };
  listeners = { SIGINT: [], SIGTERM: [] };
  exits = [];
  told = [];
  aborts = [];
  ending = deferred<Report>();
  const target: SignalTarget = {
    on: (signal, listener) => listeners[signal].push(listener),
    off: (signal, listener) => {
      listeners[signal] = listeners[signal].filter((other) => other !== listener);
    },
    exit: (code) => exits.push(code),
  };
  // What signals need of a run.
  const run = {
    completed: ending.promise,
    abort: (reason?: string) => aborts.push(reason),
  } as unknown as Run;
  stop = handleSignals(run, { deadlineMs: 5_000, tell: (message) => told.push(message), clock, target });
});

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('after %s a run', (signal, code) => {
  it(`may finish, and the process then exits with ${code}`, async () => {
    raise(signal);
    expect(told).toEqual([`${signal}: finishing what is under way, for 5 s at most; once more to abort.`]);
    await settled();
    expect([aborts, exits]).toEqual([[], []]);
    ending.resolve(report);
    await settled();
    expect([aborts, exits]).toEqual([[], [code]]);
    expect(listening()).toBe(0);
  });

  it('is not aborted by the deadline once it has ended', async () => {
    raise(signal);
    ending.resolve(report);
    await settled();
    timers.increment(60_000);
    await settled();
    expect(aborts).toEqual([]);
    expect(exits).toEqual([code]);
  });

  it(`is aborted when the deadline passes, and the process exits with ${code} once it is clean`, async () => {
    raise(signal);
    timers.increment(4_999);
    await settled();
    expect(aborts).toEqual([]);
    timers.increment(1);
    await settled();
    expect(aborts).toEqual([`Not finished 5000 ms after ${signal}.`]);
    expect(told.at(-1)).toBe('The deadline has passed: aborting.');
    expect(exits).toEqual([]);
    ending.resolve(report);
    await settled();
    expect(exits).toEqual([code]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('is aborted at once by %s', async (second) => {
    raise(signal);
    raise(second);
    expect(aborts).toEqual([`Aborted by ${second}.`]);
    expect(told.at(-1)).toBe(`${second} again: aborting; what was staged is removed.`);
    expect(exits).toEqual([]);
    ending.resolve(report);
    await settled();
    // The first signal is what the process was ended by.
    expect(exits).toEqual([code]);
  });

  it('lets the process exit also when the run itself breaks down', async () => {
    raise(signal);
    ending.reject(new Error('a bug'));
    await settled();
    expect(exits).toEqual([code]);
  });
});

describe('a run without signals', () => {
  it('leaves the process alone when it ends, and stops listening', async () => {
    expect(listening()).toBe(2);
    ending.resolve(report);
    await settled();
    expect(exits).toEqual([]);
    expect(listening()).toBe(0);
  });

  it('is not listened for any more after a stop, nor is its deadline kept', async () => {
    raise('SIGINT');
    stop();
    expect(listening()).toBe(0);
    timers.increment(60_000);
    await settled();
    expect(aborts).toEqual([]);
  });
});

describe('a program that goes on after its run', () => {
  const startWith = (afterMs?: number): { codes: number[] } => {
    stop();
    const codes: number[] = [];
    // What signals need of a run.
    const run = { completed: ending.promise, abort: () => {} } as unknown as Run;
    const on: SignalTarget['on'] = (signal, listener) => listeners[signal].push(listener);
    const target: SignalTarget = {
      on,
      off: () => {},
      endWith: (code) => codes.push(code),
      exit: (code) => exits.push(code),
    };
    handleSignals(run, { tell: () => {}, clock, target, ...(afterMs === undefined ? {} : { afterMs }) });
    return { codes };
  };

  it('runs what awaits the run before the process is told to end', async () => {
    raise('SIGINT');
    const order: string[] = [];
    const after = ending.promise.then(async () => {
      await Promise.resolve();
      order.push(`saved, exits: ${exits.length}`);
    });
    ending.resolve(report);
    await after;
    await settled();
    expect(order).toEqual(['saved, exits: 0']);
    expect(exits).toEqual([130]);
  });

  it('has its exit code set, and time for what it does then before it is ended', async () => {
    const { codes } = startWith();
    raise('SIGTERM');
    ending.resolve(report);
    await settled();
    expect([codes, exits]).toEqual([[143], []]);
    timers.increment(1_999);
    expect(exits).toEqual([]);
    timers.increment(1);
    expect(exits).toEqual([143]);
  });

  it('has as much time as it asked for', async () => {
    startWith(10_000);
    raise('SIGINT');
    ending.reject(new Error('aborted'));
    await settled();
    timers.increment(9_999);
    expect(exits).toEqual([]);
    timers.increment(1);
    expect(exits).toEqual([130]);
  });
});
