// Owns a small sound sink that the broken ones are derived from: rows as lines in staged parts, and numbered records, the
// newest of which names the parts that readers see. A further run adds to what is there.
import { type FileHandle, open, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { TailraceError } from '../../../errors/tailrace-error.js';
import type { Committed, Prepared, SinkDefinition } from '../../../sink/sink.js';
import { openTrial } from '../format/trial-format.js';
import { stagingName, sweep } from '../owner.js';
import { makeStaging, newest, publishRecord, removeStaging } from '../records.js';

export interface TrialSinkOptions {
  /** Absolute path of a directory. */
  readonly path: string;
}

/** A published part, relative to the target. */
export interface PartEntry {
  readonly at: string;
}

/** Name of a part in its staging directory. */
export type PartName = string;

export type TrialSink = SinkDefinition<TrialSinkOptions, string, PartName>;

export const trialSink: TrialSink = {
  name: 'trial',

  async begin({ options, runId, signal }) {
    signal.throwIfAborted();
    const staging = await makeStaging(options.path, stagingName(runId));
    const { runs } = await newest<PartEntry>(options.path);
    await sweep(options.path, (known) => runs.includes(known));
    return { skip: false, staging };
  },

  async open({ staging, schema, write, attempt, signal }) {
    signal.throwIfAborted();
    const name = `${write}-${attempt}.trial`;
    const path = join(staging, name);
    const file = await open(path, 'wx').catch((cause: unknown) => {
      throw failed('open attempt', path, cause);
    });
    let bytesWritten = 0;
    const out = {
      get bytesWritten() {
        return bytesWritten;
      },
      async write(bytes: Uint8Array) {
        await file.writeFile(bytes);
        bytesWritten += bytes.byteLength;
      },
    };
    const encoder = openTrial({ schema, options: undefined, out, maxBufferedBytes: 2 ** 20, signal });
    return {
      write: (batch) => encoder.write(batch),
      async prepare() {
        signal.throwIfAborted();
        const { rows } = await encoder.finish();
        await file.sync();
        await file.close();
        return { rows, bytes: bytesWritten, files: [], part: name };
      },
      async abort() {
        await closeQuietly(file);
        await rm(path, { force: true });
      },
    };
  },

  async commit({ options, runId, staging, prepared, signal }) {
    signal.throwIfAborted();
    const names = new Set(prepared.map(({ part }) => part));
    await publishParts(options.path, runId, staging, [...names]);
    for (const name of await readdir(staging)) {
      if (!names.has(name)) await rm(join(staging, name), { force: true });
    }
    return committedOf(prepared);
  },

  async verify({ options, runId, prepared }) {
    const { runs } = await newest<PartEntry>(options.path);
    return runs.includes(runId) ? committedOf(prepared) : undefined;
  },

  async abort({ options, runId, staging }) {
    if ((await newest<PartEntry>(options.path)).runs.includes(runId)) return;
    await removeStaging(options.path, staging);
  },
};

/** Adds parts to the newest version; once per run, however often it is called. */
export async function publishParts(
  directory: string,
  runId: string,
  staging: string,
  names: readonly string[],
): Promise<void> {
  for (;;) {
    const { number, runs, entries } = await newest<PartEntry>(directory);
    if (runs.includes(runId)) return;
    const added = names.map((name) => ({ at: join(basename(staging), name) }));
    const record = { number: number + 1, runs: [...runs, runId], entries: [...entries, ...added] };
    // Another run that was first is extended instead.
    if (await publishRecord(directory, record, staging)) return;
  }
}

function committedOf(prepared: readonly Prepared[]): Committed {
  return {
    rows: prepared.reduce((sum, { rows }) => sum + rows, 0),
    bytes: prepared.reduce((sum, { bytes }) => sum + bytes, 0),
    files: prepared.length,
  };
}

/** Closed already, when prepare came that far. */
async function closeQuietly(file: FileHandle): Promise<void> {
  await file.close().catch(() => undefined);
}

function failed(operation: string, path: string, cause: unknown): TailraceError {
  return new TailraceError(`The part ${path} cannot be written. See the cause, and run again.`, {
    code: 'STORE_FAILED',
    operation,
    context: { path },
    cause,
  });
}
