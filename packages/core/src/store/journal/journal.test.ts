import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Faults, mortalLeases, recordedFileSystem } from '../local/fault-injection.js';
import { nodeJournalFileSystem } from './file-system.js';
import { type Journal, openJournal } from './journal.js';
import type { JournalRecord } from './records.js';

let scratch = '';
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'tailrace-journal-'));
});
afterEach(() => rm(scratch, { recursive: true }));

const records: JournalRecord[] = [
  {
    type: 'run',
    runId: 'r1',
    pipeline: 'p',
    graph: 'g',
    durable: true,
    sources: [
      ['raw', 'f1'],
      ['live', null],
    ],
    outputs: [{ name: 'a', key: 'k', kept: null }],
  },
  {
    type: 'materialised',
    runId: 'r1',
    stages: [
      {
        stage: 's',
        schema: { fields: [{ name: 'n', nullable: false, type: { kind: 'int32' } }] },
        batches: 1,
        rows: 2,
        bytes: 3,
        checksum: 'c',
      },
    ],
  },
  { type: 'intent', runId: 'r1', output: 'a', key: 'k', target: '/out/a' },
  { type: 'committed', runId: 'r1', output: 'a', key: 'k', rows: 1, bytes: 2, files: 3 },
  { type: 'done', runId: 'r1' },
];
const leases = mortalLeases();
const faulty = (faults: Faults) => {
  const recorded = recordedFileSystem(faults);
  return { recorded, calls: recorded.calls, fs: { ...nodeJournalFileSystem, ...recorded.fs } };
};
const open = (fs = nodeJournalFileSystem): Promise<Journal> =>
  openJournal({ fs, leases, directory: join(scratch, 'jobs/nightly') });
const file = (): string => join(scratch, 'jobs/nightly/journal');
const reopened = async (): Promise<readonly JournalRecord[]> => {
  const journal = await open();
  await journal.close();
  return journal.records;
};
const written = async (): Promise<void> => {
  const journal = await open();
  for (const record of records) await journal.append(record);
  await journal.close();
};

describe('a journal', () => {
  it('makes its directory, and gives back what was appended, in order', async () => {
    const journal = await open();
    expect(journal.records).toEqual([]);
    await Promise.all(records.map((record) => journal.append(record)));
    await journal.close();
    expect(await reopened()).toEqual(records);
    expect(await readdir(join(scratch, 'jobs/nightly'))).toEqual(['journal']);
  });

  it('loses its torn last record only, cuts it off, and goes on from there', async () => {
    await written();
    const { length } = await readFile(file());
    await truncate(file(), length - 1);
    const journal = await open();
    expect(journal.records).toEqual(records.slice(0, -1));
    await journal.append({ type: 'done', runId: 'r2' });
    await journal.close();
    expect((await reopened()).at(-1)).toEqual({ type: 'done', runId: 'r2' });
  });

  it('that is damaged in the middle is refused, and left as it is', async () => {
    await written();
    const bytes = await readFile(file());
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    await writeFile(file(), bytes);
    await expect(open()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT', context: { offset: 19 } });
    expect(await readFile(file())).toEqual(bytes);
    // The lease was given back, or this would be a conflict.
    await expect(open()).rejects.toMatchObject({ code: 'JOURNAL_CORRUPT' });
  });

  it('belongs to one run at a time', async () => {
    const journal = await open();
    await expect(open()).rejects.toMatchObject({ code: 'CONFLICT' });
    await journal.close();
    await journal.close();
    await expect(journal.append({ type: 'done', runId: 'r' })).rejects.toMatchObject({ code: 'CLOSED' });
    expect(await reopened()).toEqual([]);
  });

  it('syncs each record before it says so, and its directory once', async () => {
    const { fs, calls } = faulty({});
    const journal = await open(fs);
    const syncs = (): number => calls.filter(({ name, path }) => name === 'sync' && path === file()).length;
    const inDirectory = calls.filter(
      ({ name, path }) => name === 'sync' && path === join(scratch, 'jobs/nightly'),
    );
    expect(inDirectory).toHaveLength(1);
    for (const [index, record] of records.entries()) {
      await journal.append(record);
      expect(syncs()).toBe(index + 1);
    }
    await journal.close();
  });

  it('takes nothing more after a write or an fsync that has failed', async () => {
    for (const name of ['write', 'sync'] as const) {
      let failures = 0;
      const fault = (call: { name: string; path: string }) => {
        if (call.name !== name || call.path !== file() || failures > 0) return undefined;
        failures += 1;
        return { errno: 'EIO' };
      };
      const journal = await open(faulty({ fault }).fs);
      const [record = records[0] as JournalRecord] = records;
      await expect(journal.append(record)).rejects.toMatchObject({
        code: 'STORE_FAILED',
        status: 'permanent',
      });
      await expect(journal.append(record)).rejects.toThrow(/journal/);
      await journal.close();
      await rm(join(scratch, 'jobs'), { recursive: true });
    }
  });

  it('holds what was told, and at most one record more, whichever call is the last one of a process', async () => {
    let crashes = 0;
    for (let crashAt = 0; ; crashAt += 1) {
      const { recorded, fs } = faulty({ crashAt, longestWrite: 30 });
      const told: JournalRecord[] = [];
      let journal: Journal | undefined;
      try {
        journal = await open(fs);
        for (const record of records) {
          await journal.append(record);
          told.push(record);
        }
        await journal.close();
      } catch {
        // The process is dead; the kernel closes what it had open.
        await journal?.close().catch(() => undefined);
      }
      leases.releaseAll();
      const found = await reopened();
      expect(records.slice(0, found.length)).toEqual(found);
      expect(found.length - told.length).toBeOneOf([0, 1]);
      await rm(join(scratch, 'jobs'), { recursive: true });
      if (!recorded.crashed) break;
      crashes += 1;
    }
    expect(crashes).toBeGreaterThan(30);
  });

  it('repairs a torn end whichever call is the last one of a process', async () => {
    for (let crashAt = 0; ; crashAt += 1) {
      await written();
      await appendFile(file(), new Uint8Array([9, 0, 0]));
      const { recorded, fs } = faulty({ crashAt });
      await open(fs)
        .then((journal) => journal.close())
        .catch(() => undefined);
      leases.releaseAll();
      expect(await reopened()).toEqual(records);
      await rm(join(scratch, 'jobs'), { recursive: true });
      if (!recorded.crashed) break;
    }
  });

  it('refuses records of a later version rather than passing over them', async () => {
    const journal = await open();
    // As a later version would write it.
    await journal.append({ type: 'moved', runId: 'r' } as unknown as JournalRecord);
    await journal.close();
    await expect(open()).rejects.toThrow(/does not know/);
  });
});
