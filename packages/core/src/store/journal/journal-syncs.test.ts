import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Call, type Faults, mortalLeases, recordedFileSystem } from '../local/fault-injection.js';
import { nodeJournalFileSystem } from './file-system.js';
import { maxRecordBytes } from './frames.js';
import { type Journal, openJournal } from './journal.js';
import type { JournalRecord } from './records.js';

let scratch = '';
beforeEach(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), 'tailrace-journal-')));
});
afterEach(() => rm(scratch, { recursive: true }));

const directory = (): string => join(scratch, 'jobs/nightly');
const path = (): string => join(directory(), 'journal');
const leases = mortalLeases();
const done: JournalRecord = { type: 'done', runId: 'r1' };

function over(faults: Faults = {}) {
  const { fs, calls } = recordedFileSystem(faults);
  const whole = { ...nodeJournalFileSystem, ...fs };
  return {
    fs: whole,
    calls,
    open: (): Promise<Journal> => openJournal({ fs: whole, leases, directory: directory() }),
  };
}

const told = (calls: readonly Call[]): string[] =>
  calls
    .filter(({ name }) => name === 'write' || name === 'sync' || name === 'rename')
    .map((call) => `${call.name} ${call.path.slice(scratch.length + 1)}`);

describe('a journal', () => {
  it('is on the disk before it has its name, and its name and those above it before it is used', async () => {
    const { calls, open } = over();
    const journal = await open();
    const made = told(calls);
    expect(made.slice(0, 4)).toEqual([
      'write jobs/nightly/journal.new',
      'sync jobs/nightly/journal.new',
      'rename jobs/nightly/journal.new',
      'sync jobs/nightly',
    ]);
    expect(made).toEqual(expect.arrayContaining(['sync jobs', 'sync ']));
    await journal.close();
  });

  it('is written anew when it is opened again: after a failed fsync no other one writes what can be read', async () => {
    const before = await over().open();
    await before.append(done);
    await before.close();
    const { calls, open } = over();
    const journal = await open();
    expect(told(calls).slice(0, 4)).toEqual([
      'write jobs/nightly/journal.new',
      'sync jobs/nightly/journal.new',
      'rename jobs/nightly/journal.new',
      'sync jobs/nightly',
    ]);
    expect(journal.records).toEqual([done]);
    await journal.close();
  });

  it('has the names above it on the disk when it is opened again: who made them may have died before they were', async () => {
    await (await over().open()).close();
    const { calls, open } = over();
    await (await open()).close();
    expect(told(calls)).toEqual(expect.arrayContaining(['sync jobs', 'sync ']));
  });

  it('has each record on the disk before it says so: written, then synced', async () => {
    const { calls, open } = over();
    const journal = await open();
    const opened = calls.length;
    await journal.append(done);
    expect(told(calls.slice(opened))).toEqual(['write jobs/nightly/journal', 'sync jobs/nightly/journal']);
    await journal.close();
  });

  it('is made although a dead run has left half of one', async () => {
    await (await over().open()).close();
    await rm(path());
    await writeFile(`${path()}.new`, 'half');
    const journal = await over().open();
    expect(journal.records).toEqual([]);
    await journal.close();
  });

  it('is refused when it is larger than any journal', async () => {
    await (await over().open()).close();
    const { fs } = over();
    const huge: typeof fs = {
      ...fs,
      lstat: async (at) => ({ ...(await fs.lstat(at)), ...(at === path() && { bytes: 2 ** 40 }) }),
    };
    await expect(openJournal({ fs: huge, leases, directory: directory() })).rejects.toMatchObject({
      code: 'STORE_FAILED',
      status: 'permanent',
      message: expect.stringContaining('When its job is finished, remove its directory'),
    });
  });

  it('finishes what is being appended when it is closed', async () => {
    const journal = await over().open();
    const appended = journal.append(done);
    await journal.close();
    await appended;
    const again = await over().open();
    expect(again.records).toEqual([done]);
    await again.close();
  });

  it('gives up on a disk that takes nothing and says nothing', async () => {
    await (await over().open()).close();
    await expect(over({ longestWrite: 0 }).open()).rejects.toThrow(/took 0 bytes/);
    // What was there is there.
    await (await over().open()).close();
  });

  it('takes no record that it could not read again', async () => {
    const journal = await over().open();
    const long: JournalRecord = {
      type: 'intent',
      runId: 'r',
      output: 'x'.repeat(maxRecordBytes),
      key: 'k',
      target: 't',
    };
    await expect(journal.append(long)).rejects.toThrow(/does not fit into the journal/);
    await journal.append(done);
    await journal.close();
  });
});
