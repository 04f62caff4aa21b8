import { describe, expect, it } from 'vitest';
import { defineFormat, type FormatDefinition } from '../format.js';
import { defineStore } from '../store.js';
import { testBatch, testSchema } from './file-sink-fixtures.js';
import { memoryStore } from './memory-store.js';
import { openPartFile } from './part-file.js';

/** A store whose files tell of every call, and take their time to write. */
function slowStore() {
  const told: string[] = [];
  const store = { told, failClose: false };
  const definition = defineStore<unknown, unknown>({
    ...memoryStore().definition,
    createFile: async () => ({
      async write(bytes) {
        told.push(`write ${bytes.byteLength}`);
        await new Promise((resolve) => setImmediate(resolve));
        told.push(`written ${bytes.byteLength}`);
      },
      async close() {
        told.push('close');
        if (store.failClose) throw new Error('fsync failed');
        return { bytes: 3, checksum: 'sha256:x' };
      },
      async abort() {
        told.push('abort');
      },
    }),
  });
  return Object.assign(store, { definition });
}

/** Hands over a byte with each batch and two at its end, whichever that is, and waits for none of them. */
const careless: FormatDefinition = defineFormat<unknown>({
  name: 'careless',
  extension: () => '.x',
  check: () => undefined,
  open({ out }) {
    let rows = 0;
    return {
      encodedBytes: 0,
      write(batch) {
        rows += batch.rows;
        void out.write(new Uint8Array(1));
      },
      async finish() {
        void out.write(new Uint8Array(2));
        return { rows };
      },
      abort() {
        void out.write(new Uint8Array(2));
      },
    };
  },
});

function partOf(store: ReturnType<typeof slowStore>) {
  const target = { path: '/out', kind: 'directory', mode: 'error', runId: 'r1', output: 'routes' } as const;
  const { signal } = new AbortController();
  return openPartFile(
    {
      format: careless,
      formatOptions: {},
      store: store.definition,
      staged: { options: {}, target, staging: {}, signal },
      schema: testSchema,
      maxBufferedBytes: 1024,
    },
    'a.x',
    undefined,
  );
}

describe('a part whose format does not wait for its bytes', () => {
  it('is closed after all of them, those that finish handed over as well', async () => {
    const store = slowStore();
    const part = await partOf(store);
    await part.write(testBatch(0, 1));
    await part.finish();
    expect(store.told).toEqual(['write 1', 'written 1', 'write 2', 'written 2', 'close']);
  });

  it('is removed after all of them, so that the store is never called in the middle of a call', async () => {
    const store = slowStore();
    const part = await partOf(store);
    await part.write(testBatch(0, 1));
    await part.abort();
    expect(store.told).toEqual(['write 1', 'written 1', 'write 2', 'written 2', 'abort']);
  });
});

it('a part lets go of its encoder once that has finished, whatever becomes of the file', async () => {
  const store = slowStore();
  const part = await partOf(store);
  await part.write(testBatch(0, 1));
  store.failClose = true;
  await expect(part.finish()).rejects.toThrow('fsync failed');
  await part.abort();
  expect(store.told.slice(-2)).toEqual(['close', 'abort']);
});

it('a part that has finished takes no more rows, which would be in no file', async () => {
  const store = slowStore();
  const part = await partOf(store);
  await part.write(testBatch(0, 1));
  await part.finish();
  await expect(part.write(testBatch(1, 2))).rejects.toMatchObject({ code: 'CLOSED' });
  expect(part.rows).toBe(1);
});
