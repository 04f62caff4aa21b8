// The ends of small partition files on a bucket whose answers the test gives: they go on beside what is written next.
import { setMaxListeners } from 'node:events';
import { expect, it } from 'vitest';
import { createAttemptFiles } from '../../sink/file/attempt-files.js';
import { range, testBatch, testSchema, valuesIn } from '../../sink/file/file-sink-fixtures.js';
import { linesFormat } from '../../sink/file/lines-format.js';
import { createPartitionedWriter } from '../../sink/file/partitioned-writer.js';
import type { FormatDefinition } from '../../sink/format.js';
import type { StoreTarget } from '../../sink/store.js';
import { memoryBucket } from './memory-objects.js';
import type { Answer, ObjectClient } from './object-client.js';
import { processOn } from './objects-bench.js';

const target: StoreTarget = {
  path: 'memory://bucket/routes',
  kind: 'directory',
  mode: 'error',
  runId: 'run',
  output: 'routes',
};
const partBytes = 2 ** 20;
const refusal: Answer<never> = { kind: 'refused', cause: new Error('AccessDenied') };

/** Everything that can go on by itself has. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A writer with room for one open partition, each of whose files is put when the test says so. */
async function heldWriter() {
  const bucket = memoryBucket();
  const held: { readonly key: string; readonly answer: (refused?: boolean) => void }[] = [];
  const around = (client: ObjectClient): ObjectClient => ({
    ...client,
    async put(put, signal) {
      if (!put.key.includes('/data/')) return client.put(put, signal);
      const isRefused = await new Promise<boolean>((resolve) => {
        held.push({ key: put.key, answer: (refused = false) => resolve(refused) });
        signal.addEventListener('abort', () => resolve(false), { once: true });
      });
      if (signal.aborted) return { kind: 'ambiguous', cause: signal.reason };
      return isRefused ? refusal : client.put(put, signal);
    },
  });
  const store = processOn(bucket, { around, partBytes });
  const life = new AbortController();
  const { signal } = life;
  // As attempts do: every file listens.
  setMaxListeners(0, signal);
  const begun = await store.begin({ options: {}, target, signal });
  if (begun === 'skip') throw new Error('begin() said skip');
  const files = createAttemptFiles({
    // Each format has options of its own type; the contract does not know it.
    format: linesFormat as FormatDefinition,
    formatOptions: {},
    store,
    staged: { options: {}, target, staging: begun.staging, signal },
    schema: { fields: testSchema.fields.slice(1) },
    maxBufferedBytes: 2 ** 20,
  });
  const writer = createPartitionedWriter({
    output: 'routes',
    files,
    signal,
    schema: testSchema,
    partitionBy: ['p'],
    nameOf: (index) => `part-${index}`,
    maxPartRows: undefined,
    maxPartBytes: undefined,
    maxPartAgeMs: undefined,
    minPartBytes: 2 ** 20,
    clock: { now: () => 0 },
    maxOpenPartitions: 1,
    maxPartitions: 10_000,
    // So that every row goes to a file of its own.
    bufferBytes: 1,
  });
  const data = (): string[] => [...bucket.stored.keys()].filter((key) => key.includes('/data/'));
  return { bucket, held, life, writer, data };
}

/** Rows `from` to before `to`, each of which is a partition. */
const each = (from: number, to: number) => testBatch(from, to, (v) => String(v).padStart(3, '0'));

it('the ends of small files go on beside the next ones, eight at most, and the manifest has them in order', async () => {
  const { bucket, held, writer } = await heldWriter();
  const preparing = Promise.resolve(writer.write(each(0, 20))).then(() => writer.prepare());
  await quiet();
  expect(held).toHaveLength(8);
  // The last one to be sent is the first one that is there.
  held[7]?.answer();
  await quiet();
  expect(held).toHaveLength(9);
  for (let at = 0; at < 20; at += 1) {
    held[at]?.answer();
    await quiet();
  }
  const { files, rows } = await preparing;
  expect(rows).toBe(20);
  expect(files.map(({ path }) => path)).toEqual(
    range(0, 20).map((v) => `p=${String(v).padStart(3, '0')}/part-0`),
  );
  for (const [at, { path }] of files.entries()) {
    const [, { body } = { body: '' }] = [...bucket.stored].find(([key]) => key.endsWith(path)) ?? [];
    expect(valuesIn(Buffer.from(body).toString())).toEqual([at]);
  }
});

it('a file that cannot be ended fails the attempt by its own error, and an abort leaves none of the others', async () => {
  const { held, life, writer, data } = await heldWriter();
  await writer.write(each(0, 4));
  expect(held).toHaveLength(3);
  held[0]?.answer();
  held[1]?.answer(true);
  await quiet();
  const failure = { code: 'STORE_FAILED', message: expect.stringContaining('p=001/part-0') };
  await expect(writer.write(each(4, 6))).rejects.toMatchObject(failure);
  await expect(writer.prepare()).rejects.toMatchObject(failure);
  life.abort(new Error('enough'));
  await writer.abort();
  expect(data()).toEqual([]);
});

it('an abort ends all that are being ended, and nothing is sent after it', async () => {
  const { held, life, writer, data } = await heldWriter();
  const written = Promise.resolve(writer.write(each(0, 20))).catch((error: unknown) => error);
  await quiet();
  held[2]?.answer();
  await quiet();
  const reason = new Error('enough');
  life.abort(reason);
  expect(await written).toBeInstanceOf(Error);
  await writer.abort();
  const sent = held.length;
  await quiet();
  expect([held.length, data()]).toEqual([sent, []]);
});
