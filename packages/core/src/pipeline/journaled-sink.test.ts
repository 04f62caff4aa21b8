import { describe, expect, it } from 'vitest';
import { TailraceError } from '../errors/tailrace-error.js';
import { deferred } from '../pool/deferred.js';
import { type CommitContext, defineSink } from '../sink/sink.js';
import type { JournalRecord } from '../store/journal/records.js';
import { type JournaledOptions, journaled } from './journaled-sink.js';

const committed = { rows: 1, bytes: 2, files: 3 };
const contextWith = (signal = new AbortController().signal): CommitContext<unknown, unknown, unknown> => ({
  runId: 'r',
  output: 'o',
  options: undefined,
  staging: undefined,
  schema: { fields: [] },
  prepared: [],
  signal,
});

function bench(init: Partial<JournaledOptions> = {}) {
  const steps: string[] = [];
  const late: TailraceError[] = [];
  const sink = journaled({
    definition: defineSink<unknown, unknown, unknown>({
      name: 'recorded',
      begin: async () => ({ skip: false, staging: undefined }),
      open: () => Promise.reject(new Error('not in this test')),
      commit: async ({ key }) => {
        steps.push(`commit ${key}`);
        return committed;
      },
      verify: async ({ key }) => {
        steps.push(`verify ${key}`);
        return committed;
      },
      abort: async () => undefined,
    }),
    journal: {
      append: async (record: JournalRecord) => {
        steps.push(record.type);
      },
    },
    runId: 'r',
    output: 'o',
    key: 'k',
    target: '/o',
    gate: undefined,
    onLateError: (error) => late.push(error),
    ...init,
  });
  return { sink, steps, late };
}
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a sink within a job', () => {
  it('commits between its intent and its outcome, under its key', async () => {
    const { sink, steps } = bench();
    expect(await sink.commit(contextWith())).toEqual(committed);
    expect(await sink.verify?.(contextWith())).toEqual(committed);
    expect(steps).toEqual(['intent', 'commit k', 'committed', 'verify k', 'committed']);
  });

  it('commits nothing before what it is written from is on stable storage', async () => {
    const gate = deferred<void>();
    const { sink, steps } = bench({ gate: () => gate.promise });
    const committing = sink.commit(contextWith());
    await turn();
    expect(steps).toEqual([]);
    gate.resolve();
    await committing;
    expect(steps).toEqual(['intent', 'commit k', 'committed']);
  });

  it('commits nothing when that fails, or when it is cancelled while it waits', async () => {
    const failing = deferred<void>();
    const one = bench({ gate: () => failing.promise });
    failing.reject(new Error('disk'));
    await expect(one.sink.commit(contextWith())).rejects.toThrow('disk');
    const cancelled = new AbortController();
    const other = bench({ gate: () => deferred<void>().promise });
    const committing = other.sink.commit(contextWith(cancelled.signal));
    cancelled.abort(new Error('enough'));
    await expect(committing).rejects.toThrow('enough');
    expect([...one.steps, ...other.steps]).toEqual([]);
  });

  it('commits nothing that the journal was not told of before', async () => {
    const append = () => Promise.reject(new Error('full'));
    const { sink, steps } = bench({ journal: { append } });
    await expect(sink.commit(contextWith())).rejects.toThrow('full');
    expect(steps).toEqual([]);
  });

  it('is published all the same when only the outcome could not be told, and that is told otherwise', async () => {
    const told: string[] = [];
    const append = async ({ type }: JournalRecord): Promise<void> => {
      told.push(type);
      if (type === 'committed') throw new TailraceError('full', { code: 'STORE_FAILED', operation: 'write' });
    };
    const { sink, late } = bench({ journal: { append } });
    expect(await sink.commit(contextWith())).toEqual(committed);
    expect(told).toEqual(['intent', 'committed']);
    expect(late).toMatchObject([{ code: 'STORE_FAILED' }]);
  });

  it('is told of as published when it is given up while the journal does not answer, and a look does not wait for it', async () => {
    const append = ({ type }: JournalRecord): Promise<void> =>
      type === 'committed' ? deferred<void>().promise : Promise.resolve();
    const { sink, steps } = bench({ journal: { append } });
    const givenUp = new AbortController();
    const committing = sink.commit(contextWith(givenUp.signal));
    await turn();
    expect(steps).toEqual(['commit k']);
    givenUp.abort(new Error('enough'));
    expect(await committing).toEqual(committed);
    expect(await sink.verify?.(contextWith())).toEqual(committed);
  });
});
