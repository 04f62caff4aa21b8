// Owns the journal file of a job: held by one run at a time, read once, then appended to, each record on stable storage
// before the append resolves. What the records mean is not its business.
import { constants } from 'node:fs';
import { join } from 'node:path';
import { ConflictError } from '../../errors/named-errors.js';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { OpenFile } from '../local/file-system.js';
import type { Lease, Leases } from '../local/lease.js';
import { attemptStep, failedWith, storeError } from '../local/store-error.js';
import { factsAt, makeDirectories, removeFile, syncAncestors, syncDirectory } from '../local/tree.js';
import type { JournalFileSystem } from './file-system.js';
import { corrupt, decodeFrames, encodeFrame, maxRecordBytes, preamble } from './frames.js';
import { decodeRecord, encodeRecord, type JournalRecord } from './records.js';

/** Bytes that a journal may have: it is read as a whole. A run adds a few hundred for each output. */
const maxJournalBytes = 64 * 2 ** 20;

export interface JournalInit {
  readonly fs: JournalFileSystem;
  readonly leases: Leases;
  /** Absolute path; made when it is missing. */
  readonly directory: string;
}

export interface Journal {
  /** The real path of its directory. */
  readonly directory: string;
  /** What it held when it was opened, in order. */
  readonly records: readonly JournalRecord[];
  /**
   * Resolves when the record is on stable storage. Rejects with STORE_FAILED; then nothing more can be appended, because
   * a record after a torn one would make it damage, and a second fsync could claim what is not so.
   */
  append(record: JournalRecord): Promise<void>;
  /** Waits for what is being appended and lets other runs have the directory. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens the journal of a directory, or begins one. The torn end that a crash left is cut off.
 *
 * @throws ConflictError while another run holds it; JOURNAL_CORRUPT for damage before the last record; STORE_FAILED
 */
export async function openJournal({ fs, leases, directory }: JournalInit): Promise<Journal> {
  const made = await step('create', directory, () => makeDirectories(fs, directory));
  const real = await step('resolve', directory, () => fs.realpath(directory));
  const path = join(real, 'journal');
  const lease = await step('take the lease of', path, () => leases.take(path));
  if (lease === undefined) {
    throw new ConflictError(
      `The job in ${directory} is being run by another run now. Wait until it has ended, or give this one a directory of its own.`,
      { operation: 'open journal', context: { path: directory } },
    );
  }
  try {
    const records = await readOrBegin(fs, real, path);
    // Also when it was there: the run that made it may have died before the names on the way to it were on stable storage.
    await step('fsync', real, () => syncAncestors(fs, real, made));
    const flags = constants.O_WRONLY | constants.O_APPEND | (constants.O_NOFOLLOW ?? 0);
    const file = await step('open', path, () => fs.open(path, flags));
    return appending(real, path, records, file, lease);
  } catch (error) {
    await lease.release();
    throw error;
  }
}

async function readOrBegin(fs: JournalFileSystem, directory: string, path: string): Promise<JournalRecord[]> {
  const facts = await step('look at', path, () => factsAt(fs, path));
  if (facts === undefined) {
    await replace(fs, directory, path, preamble);
    return [];
  }
  if (facts.bytes > maxJournalBytes) {
    throw new TailraceError(
      `The journal ${path} has ${facts.bytes} bytes, more than ${maxJournalBytes}. When its job is finished, remove its directory.`,
      { code: 'STORE_FAILED', status: 'permanent', operation: 'read journal', context: { path } },
    );
  }
  const bytes = await step('read', path, () => fs.readBytes(path));
  const { frames, soundBytes } = decodeFrames(bytes, path);
  const records = frames.map(({ offset, payload }) => {
    try {
      return decodeRecord(payload);
    } catch (error) {
      throw corrupt(path, offset, error instanceof Error ? error.message : 'it is no record', error);
    }
  });
  // Also when nothing is to be cut off: whoever wrote the last of it may have died before it was on stable storage, or have been
  // told that it is not. What a failed fsync leaves can be read, is taken for written, and is written by no later fsync.
  await replace(fs, directory, path, soundBytes === 0 ? preamble : bytes.subarray(0, soundBytes));
  return records;
}

/** Puts a whole new journal in the place of what is there: by rename, so that a crash leaves one or the other. */
async function replace(
  fs: JournalFileSystem,
  directory: string,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const fresh = `${path}.new`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
  await step('write', fresh, async () => {
    await removeFile(fs, fresh);
    const file = await fs.open(fresh, flags, 0o600);
    try {
      await writeAll(file, bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await fs.rename(fresh, path);
    await syncDirectory(fs, directory);
  });
}

async function writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes.subarray(done));
    // A write of nothing that is no error would be asked for again for ever.
    if (bytesWritten <= 0) throw new Error(`the file system took ${bytesWritten} bytes`);
    done += bytesWritten;
  }
}

function appending(
  directory: string,
  path: string,
  records: readonly JournalRecord[],
  file: OpenFile,
  lease: Lease,
): Journal {
  let last: Promise<void> = Promise.resolve();
  let failure: TailraceError | undefined;
  let closed: Promise<void> | undefined;

  const write = async (record: JournalRecord): Promise<void> => {
    if (failure !== undefined) throw failure;
    const payload = encodeRecord(record);
    if (payload.length > maxRecordBytes) {
      throw new TailraceError(
        `A record of ${payload.length} bytes does not fit into the journal ${path}, whose records have ${maxRecordBytes} at ` +
          'most. Declare fewer outputs in one pipeline.',
        { code: 'STORE_FAILED', status: 'permanent', operation: 'write journal', context: { path } },
      );
    }
    try {
      await writeAll(file, encodeFrame(payload));
      await file.sync();
    } catch (error) {
      const advice = failedWith(error, 'ENOSPC', 'EDQUOT')
        ? 'Free some space there and run again'
        : 'Look at the disk and run again';
      failure = storeError(error, {
        step: 'write to the journal',
        path,
        output: '',
        status: 'permanent',
        advice: `${advice}: what was published is found again`,
      });
      throw failure;
    }
  };
  const end = async (): Promise<void> => {
    await last;
    try {
      await step('close', path, () => file.close());
    } finally {
      await lease.release();
    }
  };

  return {
    directory,
    records,
    append(record) {
      if (closed !== undefined) {
        const init = { code: 'CLOSED', operation: 'write journal', context: { path } } as const;
        return Promise.reject(new TailraceError(`The journal ${path} was closed with its run.`, init));
      }
      const written = last.then(() => write(record));
      // Whoever appends sees its failure; the next one in the queue sees it by `failure`.
      last = written.catch(() => undefined);
      return written;
    },
    close() {
      closed ??= end();
      return closed;
    },
  };
}

function step<T>(verb: string, path: string, action: () => Promise<T>): Promise<T> {
  return attemptStep({ step: verb, path, output: '' }, action);
}
