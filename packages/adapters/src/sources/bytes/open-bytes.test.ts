// Opening a compressed file while it is aborted: the reader is told, the file is closed, and no error goes to nobody.
import { type EventEmitter, once } from 'node:events';
import { mkdtemp, type open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Source } from '@tailrace/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { readArrow } from '../arrow/read-arrow.js';
import { readCsv } from '../csv/read-csv.js';
import { readMsgpack } from '../msgpack/read-msgpack.js';
import { readNdjson } from '../ndjson/read-ndjson.js';
import { text, zstdText } from './packed-text-fixtures.js';

type Step = 'open' | 'stat';

/** What is done when a step of opening has ended, and when the file is closed. */
const watch = vi.hoisted(() => ({
  after: (_step: Step): void => undefined,
  closed: Promise.resolve<unknown>(undefined),
}));
vi.mock('node:fs/promises', async (importOriginal) => {
  const real = await importOriginal<typeof import('node:fs/promises')>();
  return {
    ...real,
    async open(...given: Parameters<typeof open>) {
      const handle = await real.open(...given);
      // The types of Node leave out that a handle tells when it is closed.
      watch.closed = once(handle as unknown as EventEmitter, 'close');
      const stat = handle.stat.bind(handle);
      const watched = async (): Promise<unknown> => {
        const found = await stat();
        watch.after('stat');
        return found;
      };
      watch.after('open');
      return Object.assign(handle, { stat: watched });
    },
  };
});

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tailrace-opening-'));
});
afterAll(() => rm(folder, { recursive: true }));

const files = [
  ['', Buffer.from(text)],
  ['.gz', gzipSync(text)],
  ['.br', brotliCompressSync(text)],
  ['.zst', zstdText],
] as const;
const sources: readonly (readonly [string, (path: string) => Source<unknown>])[] = [
  ['readArrow', (path) => readArrow(path)],
  ['readCsv', (path) => readCsv(path)],
  ['readMsgpack', (path) => readMsgpack(path)],
  ['readNdjson', (path) => readNdjson(path)],
];
const cases = sources.flatMap(([name, read]) =>
  files.map(([ending, bytes]) => ({ name, read, ending, bytes })),
);
/** More than are awaited in one go after either step. */
const mostTicks = 12;

describe('a file that is being opened', () => {
  it.each(cases)('ends its reader alone when it is aborted: $name of a file$ending', async (one) => {
    const path = join(folder, `${one.name}${one.ending}`);
    await writeFile(path, one.bytes);
    const unheard: unknown[] = [];
    const hear = (error: unknown): void => void unheard.push(error);
    process.on('uncaughtException', hear);
    try {
      for (const step of ['open', 'stat'] as const) {
        for (let ticks = 0; ticks <= mostTicks; ticks += 1) {
          const stopping = new AbortController();
          watch.after = (ended) => {
            if (ended === step) void abortAfter(ticks, stopping);
          };
          const reading = one.read(path).open(stopping.signal)[Symbol.asyncIterator]();
          await expect(reading.next()).rejects.toThrow(/abort/i);
          await watch.closed;
          await setImmediate();
        }
      }
    } finally {
      process.off('uncaughtException', hear);
      watch.after = () => undefined;
    }
    expect(unheard).toEqual([]);
  });
});

async function abortAfter(ticks: number, stopping: AbortController): Promise<void> {
  for (let tick = 0; tick < ticks; tick += 1) await undefined;
  stopping.abort();
}
