// Owns the doubles that the tests of pools and runs share: workers without threads, sinks that keep nothing. Never shipped.

import { firstValueFrom, from } from 'rxjs';
import type { PlainError } from '../errors/plain-error.js';
import { materialise } from '../materialise/materialise.js';
import type { Materialised } from '../materialise/materialised.js';
import type { Memory } from '../materialise/memory.js';
import type { Sink } from '../sink/sink.js';
import type { StartThread } from './thread.js';

export interface FakeWorkers {
  readonly startThread: StartThread;
  /** Attempts asked for. */
  readonly started: readonly string[];
  readonly cancelled: readonly string[];
  /** Whether sealed attempts are answered; those that wait are, when it is set. */
  answer(on: boolean): void;
}

const failed = (message: string): PlainError => ({
  code: 'STORE_FAILED',
  status: 'temporary',
  operation: 'write',
  message,
  context: {},
  causes: [],
});

/** Workers that take every batch; attempts of outputs named `bad...` fail. */
export function fakeWorkers(): FakeWorkers {
  const started: string[] = [];
  const cancelled: string[] = [];
  const waiting: (() => void)[] = [];
  let answers = true;
  return {
    started,
    cancelled,
    answer(on) {
      answers = on;
      if (on) for (const go of waiting.splice(0)) go();
    },
    startThread(_startup, events) {
      const rows = new Map<string, number>();
      const end = (attemptId: string): void => {
        const total = rows.get(attemptId);
        if (total === undefined) return;
        rows.delete(attemptId);
        if (attemptId.startsWith('bad')) {
          const error = failed(`${attemptId} broke`);
          events.message({ type: 'attempt.failed', attemptId, error, busyMs: 0, threadMs: 0 });
        } else {
          const prepared = { rows: total, bytes: total, files: [], part: undefined };
          events.message({ type: 'attempt.prepared', attemptId, prepared, busyMs: 0, threadMs: 0 });
        }
      };
      const later = (then: () => void): void => void setImmediate(then);
      later(() => events.message({ type: 'worker.ready' }));
      return {
        post(message) {
          switch (message.type) {
            case 'attempt.start':
              started.push(message.spec.attemptId);
              rows.set(message.spec.attemptId, 0);
              return;
            case 'attempt.batch': {
              const { attemptId, seq, batch } = message;
              const count = 'data' in batch ? batch.data.rows : batch.spilled.rows;
              rows.set(attemptId, (rows.get(attemptId) ?? 0) + count);
              later(() =>
                events.message({
                  type: 'attempt.consumed',
                  attemptId,
                  seq,
                  rows: count,
                  busyMs: 0,
                  threadMs: 0,
                  freed: true,
                }),
              );
              return;
            }
            case 'attempt.seal': {
              const go = (): void => later(() => end(message.attemptId));
              if (answers) go();
              else waiting.push(go);
              return;
            }
            case 'attempt.cancel':
              cancelled.push(message.attemptId);
              rows.delete(message.attemptId);
              later(() => events.message({ type: 'attempt.aborted', attemptId: message.attemptId }));
              return;
            case 'worker.ping':
              later(() => events.message({ type: 'worker.alive' }));
              return;
            case 'worker.stop':
              later(() => events.ended(undefined));
          }
        },
        terminate: async () => {},
        keepAlive: () => {},
      };
    },
  };
}

const voidModule = `data:text/javascript,export default {
  name: 'void',
  begin: async () => ({ skip: false, staging: null }),
  open: async () => { throw new Error('never asked') },
  commit: async () => ({ rows: 0, bytes: 0, files: 0 }),
  abort: async () => {},
}`;

/** A sink that opens, commits and keeps nothing. */
export function voidSink<R>(): Sink<R> {
  return {
    name: 'void',
    module: { url: voidModule, options: {} },
    location: undefined,
    target: 'nowhere',
    single: false,
    requires: [],
    reserveBytes: 0,
  };
}

export function fiveRows(memory: Memory): Promise<Materialised<{ n: number }>> {
  return firstValueFrom(from([0, 1, 2, 3, 4].map((n) => ({ n }))).pipe(materialise({ memory })));
}

/** Lets everything that needs no time happen. */
export async function settle(turns: number = 30): Promise<void> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
