import { describe, expect, it } from 'vitest';
import { createActor } from 'xstate';
import { type Batch, createBatch } from '../batch/batch.js';
import { createMemory } from '../materialise/create-memory.js';
import { createLedger } from '../output/ledger.js';
import type { Prepared } from '../sink/sink.js';
import type { AttemptState } from '../wire/messages.js';
import { type AttemptOutcome, createAttemptLogic } from './attempt-logic.js';
import { createNumbers } from './output-numbers.js';
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

const rig = ({ gone = false, inspected = false } = {}) => {
  const clock = { ms: 0 };
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
    numbers: createNumbers(0),
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
    onStarted: () => inspected,
    onEnded: (_place, outcome) => outcomes.push(outcome),
    onProgress: () => {},
    now: () => clock.ms,
  });
  const actor = createActor(logic, { input: { writeId: 'a~1/0', attempt: 1, isolated: false } });
  actor.subscribe({ error: () => {} });
  actor.start();
  const answer = (rows: number): void =>
    listener?.prepared({ rows, bytes: 0, files: [], part: undefined }, 1);
  const consume = (seq: number, busyMs: number): void =>
    listener?.consumed({
      type: 'attempt.consumed',
      attemptId: '',
      seq,
      rows: 1,
      busyMs,
      threadMs: 0,
      freed: true,
    });
  const move = (state: AttemptState): void =>
    listener?.moved({ type: 'attempt.moved', attemptId: '', state });
  const abort = (): void => listener?.aborted();
  const starvedMs = (): number | undefined => actor.getSnapshot().context.starvedMs;
  return {
    actor,
    outcomes,
    preparedWrites,
    answer,
    write,
    sent,
    record,
    clock,
    consume,
    move,
    abort,
    starvedMs,
  };
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

  it('counts the work of its worker with every batch, once, and that of one which ends without an answer', () => {
    const { answer, consume, record, write } = rig();
    write.ledger.append(batch());
    write.ledger.append(batch());
    consume(0, 30);
    expect(record.numbers.busyMs).toBe(30);
    write.ledger.seal();
    consume(1, 10);
    answer(2);
    // All together, as the worker says at the end: a part of what it took for batches was not the sink's.
    expect(record.numbers.busyMs).toBe(1);
    const given = rig();
    given.write.ledger.append(batch());
    given.consume(0, 30);
    given.abort();
    expect(given.record.numbers.busyMs).toBe(30);
  });

  it('is starved from when it had taken all there was, which is told late, until there is more or its write is sealed', () => {
    const { clock, consume, move, starvedMs, write } = rig({ inspected: true });
    expect(starvedMs()).toBe(0);
    write.ledger.append(batch());
    expect(starvedMs()).toBeUndefined();
    clock.ms = 50;
    move('encoding');
    clock.ms = 100;
    consume(0, 20);
    expect(starvedMs()).toBe(30);
    clock.ms = 900;
    write.ledger.append(batch());
    write.ledger.append(batch());
    expect(starvedMs()).toBeUndefined();
    clock.ms = 930;
    consume(1, 10);
    expect(starvedMs()).toBeUndefined();
    consume(2, 10);
    expect(starvedMs()).toBe(10);
    write.ledger.seal();
    expect(starvedMs()).toBeUndefined();
  });

  it('tells nothing of that where nobody inspects', () => {
    expect(rig().starvedMs()).toBeUndefined();
  });
});
