import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { type Batch, createBatch } from '../batch/batch.js';
import { createMemory } from '../materialise/create-memory.js';
import { createLedger } from '../output/ledger.js';
import type { Prepared } from '../sink/sink.js';
import { type AttemptOutcome, createAttemptLogic } from './attempt-logic.js';
import type { OutputRecord, WriteRecord } from './output-record.js';
import type { AttemptListener, WorkerHost } from './worker-host.js';

const schema = { fields: [] };
const lost = {
  code: 'WORKER_LOST',
  status: 'temporary',
  operation: 'run attempt',
  message: 'gone',
  context: {},
} as const;
const batch = (): Batch<unknown> => createBatch({ schema, rows: 1, bytes: 0, columns: [] }, () => {});

const rig = ({ gone = false } = {}) => {
  let listener: AttemptListener | undefined;
  const outcomes: AttemptOutcome[] = [];
  const sent: number[] = [];
  const preparedWrites = new Map<number, Prepared>();
  const write: WriteRecord = {
    writeId: 'a~1/0',
    index: 0,
    ledger: createLedger({ memory: createMemory({ limitBytes: 2 ** 20 }), ahead: false }),
    opened: true,
    movedAt: 0,
  };
  // Only what an attempt asks of its output and its worker.
  const record = {
    name: 'a',
    runId: 'run',
    staging: { value: undefined },
    schemaNow: schema,
    sink: { module: { url: 'file:///sink.js', options: {} } },
    preparedWrites,
  } as unknown as OutputRecord;
  const host = {
    name: 'w1.1',
    startAttempt: (_spec: unknown, given: AttemptListener) => {
      listener = given;
      if (gone) given.lost({ ...lost, causes: [] });
    },
    sendBatch: (_attemptId: string, seq: number) => sent.push(seq),
    sealAttempt: () => {},
  } as unknown as WorkerHost;
  const logic = createAttemptLogic({
    placeOf: () => ({ attemptId: 'a~1/0#1', record, write, host }),
    onStarted: () => false,
    onEnded: (_place, outcome) => outcomes.push(outcome),
    onProgress: () => {},
    now: () => 0,
  });
  const actor = createActor(logic, { input: { writeId: 'a~1/0', attempt: 1, isolated: false } });
  actor.subscribe({ error: () => {} });
  actor.start();
  const answer = (rows: number): void =>
    listener?.prepared({ rows, bytes: 0, files: [], part: undefined }, 1);
  return { actor, outcomes, preparedWrites, answer, write, sent };
};

describe('the mirror of an attempt', () => {
  it('is done with what the worker has prepared', () => {
    const { actor, outcomes, preparedWrites, answer } = rig();
    answer(0);
    expect(actor.getSnapshot()).toMatchObject({ status: 'done', value: 'prepared' });
    expect(outcomes).toEqual(['prepared']);
    expect(preparedWrites.size).toBe(1);
  });

  it('fails when rows are missing', () => {
    const { actor, outcomes, preparedWrites, answer } = rig();
    answer(7);
    expect(actor.getSnapshot()).toMatchObject({ status: 'error', error: { code: 'ENCODE_MISMATCH' } });
    expect(outcomes).toEqual(['failed']);
    expect(preparedWrites.size).toBe(0);
  });

  it('takes an answer that comes after it was given up as no answer: the write keeps its batches for the next try', () => {
    const { actor, outcomes, preparedWrites, answer } = rig();
    actor.stop();
    answer(0);
    expect(outcomes).toEqual(['aborted']);
    expect(preparedWrites.size).toBe(0);
  });

  it('is lent nothing when its worker was gone already', () => {
    const { write, outcomes, sent } = rig({ gone: true });
    write.ledger.append(batch());
    expect(outcomes).toEqual(['lost']);
    expect(sent).toEqual([]);
  });
});
