// Owns the sweep of a target as people order it: by its URL and an age.
import { randomUUID } from 'node:crypto';
import { checkKinds } from '../../errors/check-options.js';
import { PlanError } from '../../errors/named-errors.js';
import { isOneFile } from '../../sink/file/file-place.js';
import { systemClock } from '../../time/clock.js';
import { processOwners } from '../local/owner.js';
import { lastCalls } from './last-calls.js';
import { failedFor } from './object-error.js';
import { type ObjectPlace, objectPlace } from './object-keys.js';
import type { ObjectConnection } from './object-staging.js';
import { type Objects, objectsOf } from './objects.js';
import { type Leftover, sweepTarget } from './sweeper.js';

/** What counts as left, and whether it is removed. */
export interface SweepOptions {
  /**
   * Age in milliseconds from which on something counts as left, unless its process is known to be gone. Default
   * 604,800,000: seven days. Longer than any run takes that writes there. With 0 everything counts as left, what others write
   * from other machines at the time as well.
   */
  readonly olderThanMs?: number | undefined;
  /** Tells what would be removed, and removes nothing. Default false. */
  readonly dryRun?: boolean | undefined;
  /** One file (true) or a dataset (false). Default: one file when the last part of the path has an extension. */
  readonly single?: boolean | undefined;
  /** Ends the sweep. What is removed by then is gone. */
  readonly signal?: AbortSignal | undefined;
}

const weekMs = 604_800_000;

/**
 * Removes what runs have left at a target of an object store and will not come back for: stages, objects that no
 * version names, uploads in parts. What is published, and what may belong to a run that lives, stays.
 * @param path URL of a dataset or a file: `s3://bucket/routes`
 * @returns what was removed; with `dryRun`, what would be. Uploads of others to the key of a single file are told of with
 *   `isForeign`, and left
 * @throws PlanError for options out of range or of an unknown name; TailraceError STORE_FAILED when the store cannot be asked
 */
export async function sweepStore(
  connection: ObjectConnection,
  path: string,
  options: SweepOptions = {},
): Promise<readonly Leftover[]> {
  checkOptions(path, options);
  const { olderThanMs = weekMs, dryRun = false, single } = options;
  const kind = isOneFile(path, single) ? 'file' : 'directory';
  const place = objectPlace({ path, kind });
  const { pace } = connection;
  const signal = options.signal ?? new AbortController().signal;
  const about = { path, output: 'sweep' };
  const objects = objectsOf({ client: connection.client(place.container), pace, about, signal });
  return sweepTarget({
    objects,
    place,
    kind,
    self: await processOwners.self(),
    // Who only looks writes nothing, and goes by the clock of this machine.
    nowMs: dryRun ? systemClock.wallTime() : await timeOfStore(objects, place),
    olderThanMs,
    dryRun,
    fence: `sweep-${randomUUID()}`,
  });
}

const optionKinds = { olderThanMs: 'whole', dryRun: 'flag', single: 'flag', signal: 'object' } as const;

/** What removes takes no option that it does not know: `dryrun` would be a sweep. */
function checkOptions(path: string, options: SweepOptions): void {
  const operation = 'sweep';
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(optionKinds, name));
  if (unknown !== undefined) {
    throw new PlanError(
      `The sweep of ${path} knows no option ${unknown}; it takes ${Object.keys(optionKinds).join(', ')}.`,
      { operation, context: { path, option: unknown } },
    );
  }
  checkKinds(`The sweep of ${path}`, options, optionKinds, operation);
}

/** What the store says that it is, in milliseconds since 1970-01-01T00:00Z: by that clock it tells how old things are. */
async function timeOfStore(objects: Objects, place: ObjectPlace): Promise<number> {
  const key = `${place.home}probe-${randomUUID()}`;
  await objects.write(key, 'tailrace');
  try {
    const [probe] = await objects.list(key, 1);
    if (probe !== undefined) return probe.writtenAtMs;
    throw failedFor('what was written is not listed', objects.about, 'sweep');
  } finally {
    // A probe that stays is small and hidden, and the next one has a key of its own.
    await lastCalls(objects)
      .remove(key)
      .catch(() => undefined);
  }
}
