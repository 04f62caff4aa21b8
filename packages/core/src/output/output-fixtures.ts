// Owns an output for unit tests: its machine under a parent, with effects that record, and writes that the test ends by hand.
import { createActor, fromPromise, SimulatedClock, setup } from 'xstate';
import { toPlainError } from '../errors/plain-error.js';
import { TailraceError } from '../errors/tailrace-error.js';
import type { AttemptLogic } from './attempt-mirror.js';
import { createOutputMachine } from './output.machine.js';
import type { OutputEffects } from './output-effects.js';
import type { OutputSettled } from './output-events.js';
import { createWriteMachine, type WriteEffects } from './write.machine.js';

export const storeError = (status: 'temporary' | 'permanent', message: string) =>
  new TailraceError(message, { code: 'STORE_FAILED', status, operation: 'commit' });
export const plain = (message: string) =>
  toPlainError(storeError('permanent', message), { code: 'STORE_FAILED', operation: 'x' });

export function startOutput(
  effects: Partial<Omit<OutputEffects, 'writeMachine'>> = {},
  writeEffects: Partial<WriteEffects> = {},
  group?: string,
) {
  const calls: string[] = [];
  const attempts: { resolve(): void; reject(error: unknown): void }[] = [];
  const attemptLogic = fromPromise<void>(
    () => new Promise<void>((resolve, reject) => attempts.push({ resolve, reject })),
  );
  const writeMachine = createWriteMachine({
    acquireWorker: async () => {},
    // See write.machine.test.ts.
    attemptLogic: attemptLogic as unknown as AttemptLogic,
    abortAttempt: async () => {
      calls.push('abort attempt');
    },
    progress: () => ({ outstanding: 0, quietMs: 0 }),
    decide: () => ({ retry: false }),
    decidePause: () => undefined,
    ...writeEffects,
  });
  const machine = createOutputMachine({
    begin: async () => ({ skip: false }),
    commit: async () => {
      calls.push('commit');
      return { rows: 1, bytes: 2, files: 3 };
    },
    verify: async () => undefined,
    abort: async () => {
      calls.push('abort');
    },
    settle: async () => {
      calls.push('settle');
    },
    gather: async () => {
      calls.push('gather');
    },
    isDeciding: () => false,
    leaveGroup: (_, error) => {
      calls.push(`leave group: ${error?.message}`);
    },
    interruptCommit: () => {
      calls.push('interrupt');
    },
    graceMs: 500,
    removalMs: 3_000,
    decidePause: () => undefined,
    decide: (_, error, attempt) =>
      error.status === 'temporary' && attempt < 3 ? { retry: true, delayMs: 100 } : { retry: false },
    ...effects,
    writeMachine,
  });
  const settled: OutputSettled[] = [];
  const parent = setup({
    types: { events: {} as OutputSettled },
    actors: { output: machine },
    actions: { record: ({ event }) => settled.push(event) },
  }).createMachine({
    on: { 'output.settled': { actions: 'record' } },
    invoke: {
      id: 'output',
      src: 'output',
      input: { outputId: 'routes~1', name: 'routes', target: 'out/routes', group },
    },
  });
  const clock = new SimulatedClock();
  const output = createActor(parent, { clock }).start().getSnapshot().children.output;
  if (output === undefined) throw new Error('the output did not start');
  const open = (writeId: string) =>
    output.send({ type: 'write.opened', write: { writeId, stallMs: 1e6, timeoutMs: 0 } });
  return { output, clock, calls, attempts, settled, open, value: () => output.getSnapshot().value };
}
/** Lets promises that are settled take effect. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));
