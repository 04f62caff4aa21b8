// Owns stores on one bucket in memory for tests: each is a process of its own, that can lose calls and die between any two.
import { createHash } from 'node:crypto';
import type { Manifest, StagedContext, StoreDefinition, StoreTarget } from '../../sink/store.js';
import type { Clock } from '../../time/clock.js';
import { lookAtSelf, startOf } from '../local/owner.js';
import { createLanes } from './lanes.js';
import type { SetDeadline } from './last-calls.js';
import type { CallFault, CallName, MemoryBucket } from './memory-objects.js';
import type { ObjectClient } from './object-client.js';
import { objectPlace } from './object-keys.js';
import type { ObjectStaging } from './object-staging.js';
import { objectStore } from './object-store.js';
import { objectsOf } from './objects.js';
import { createPace } from './pace.js';
import { stageThere } from './single-file.js';
import { type Leftover, sweepTarget } from './sweeper.js';
import { newestVersion, readVersion } from './version.js';

export type ObjectProcess = StoreDefinition<unknown, ObjectStaging>;

/** Time that passes when somebody waits. */
export function hurriedClock(): Clock {
  let time = 0;
  return {
    now: () => time,
    wallTime: () => 1_700_000_000_000 + time,
    setTimeout(callback, delayMs) {
      time += delayMs;
      return setImmediate(callback);
    },
    // What setTimeout above has given.
    clearTimeout: (handle) => clearImmediate(handle as NodeJS.Immediate),
    yield: () => new Promise((resolve) => setImmediate(resolve)),
  };
}

export interface ProcessOptions {
  readonly faultOf?: ((call: number, name: CallName, key: string) => CallFault | undefined) | undefined;
  /** Others see it as one that is gone. */
  readonly isDead?: boolean | undefined;
  readonly partBytes?: number | undefined;
  readonly isTrusted?: boolean | undefined;
  /** Its store takes conditions and writes all the same. */
  readonly isCareless?: boolean | undefined;
  /** Runs on a machine of this name. */
  readonly host?: string | undefined;
  readonly clock?: Clock | undefined;
  readonly refusedSigns?: string | undefined;
  /** What stands between its store and the bucket. */
  readonly around?: ((client: ObjectClient) => ObjectClient) | undefined;
  /** Default: none passes. */
  readonly setDeadline?: SetDeadline | undefined;
}

let names = 0;

export function processOn(bucket: MemoryBucket, options: ProcessOptions = {}): ObjectProcess {
  const { faultOf, isDead = false, partBytes = 8, isTrusted = true, clock = hurriedClock() } = options;
  const { isCareless = false, host, around = (client) => client, setDeadline = () => undefined } = options;
  const strict = around(bucket.client(faultOf));
  const client = isCareless ? careless(strict) : strict;
  const pace = createPace({ clock, random: () => 0.5 });
  const connection = { client: () => client, pace, partBytes, lanes: createLanes(2), isTrusted };
  return objectStore({
    name: 'memory',
    refusedSigns: options.refusedSigns,
    connect: async () => connection,
    clock,
    setDeadline,
    self: async () => ({
      ...(await self),
      ...(isDead && { start: 'long ago' }),
      ...(host !== undefined && { host, boot: host }),
    }),
    uniqueName: () => {
      names += 1;
      return String(names).padStart(8, '0');
    },
  });
}

function careless(client: ObjectClient): ObjectClient {
  return {
    ...client,
    put: (put, signal) => client.put({ ...put, condition: undefined }, signal),
    completeUpload: (completing, signal) =>
      client.completeUpload({ ...completing, condition: undefined }, signal),
  };
}

const self = lookAtSelf({
  readFile: async () => 'boot',
  readlink: async () => 'space',
}).then(async (owner) => ({ ...owner, start: (await startOf(process.pid)) ?? '' }));

/** The sweep that people order, by a process of its own, of everything that is as old as that. */
export async function sweepOn(
  bucket: MemoryBucket,
  target: Pick<StoreTarget, 'path' | 'kind'>,
  options: {
    readonly olderThanMs?: number;
    readonly dryRun?: boolean;
    readonly around?: (client: ObjectClient) => ObjectClient;
  } = {},
): Promise<readonly Leftover[]> {
  const place = objectPlace(target);
  const about = { path: target.path, output: 'sweep' };
  const pace = createPace({ clock: hurriedClock(), random: () => 0.5 });
  const { signal } = new AbortController();
  names += 1;
  return sweepTarget({
    objects: objectsOf({
      client: (options.around ?? ((client) => client))(bucket.client()),
      pace,
      about,
      signal,
    }),
    place,
    kind: target.kind,
    self: await self,
    nowMs: 1_000_000,
    olderThanMs: options.olderThanMs ?? 0,
    dryRun: options.dryRun ?? false,
    fence: `sweep-${names}`,
  });
}

export interface BucketPlace {
  readonly path: string;
  files(): Promise<readonly string[]>;
  read(file: string): Promise<Uint8Array>;
  leftovers(): Promise<readonly string[]>;
  dispose(): Promise<void>;
}

/** The target as a reader sees it, by calls of its own that nothing disturbs. */
export function placeOn(bucket: MemoryBucket, path: string, kind: StoreTarget['kind']): BucketPlace {
  const place = objectPlace({ path, kind });
  const objects = objectsOf({
    client: bucket.client(),
    pace: createPace({ clock: hurriedClock(), random: () => 0.5 }),
    about: { path, output: 'reader' },
    signal: new AbortController().signal,
  });
  const where = async (): Promise<Map<string, string>> => {
    if (kind === 'file') {
      return new Map((await stageThere(objects, place)) === undefined ? [] : [['.', place.key]]);
    }
    const { manifest, objects: keys } = await newestVersion(objects, place);
    return new Map(manifest?.files.map(({ path: file }, at) => [file, `${place.key}/${keys[at]}`]));
  };
  return {
    path,
    files: async () => [...(await where()).keys()].sort(),
    async read(file) {
      const body = await objects.get((await where()).get(file) ?? 'nowhere');
      if (body === undefined) throw new Error(`${file} is named and is not there`);
      return body;
    },
    async leftovers() {
      const named = new Set((await where()).values());
      const newest = await newestVersion(objects, place);
      for (let number = newest.oldest; number <= newest.number; number += 1) {
        const version = await readVersion(objects, place, number);
        for (const object of version?.objects ?? []) named.add(`${place.key}/${object}`);
      }
      const stage = kind === 'file' ? (await stageThere(objects, place))?.stage : undefined;
      const isLeft = (key: string): boolean =>
        !named.has(key) && !key.includes('/versions/') && !key.endsWith(`/manifests/${stage}.json`);
      const ofThis = [...bucket.stored.keys()].filter((key) => key.startsWith(place.home) && isLeft(key));
      const open = [...bucket.uploads.values()].map(({ upload }) => `${upload.key} (upload ${upload.id})`);
      return [...ofThis, ...open.filter((key) => key.startsWith(place.key) || key.startsWith(place.home))];
    },
    dispose: async () => undefined,
  };
}

export interface Ran {
  readonly context: StagedContext<unknown, ObjectStaging>;
  readonly manifest: Manifest;
}

/** Takes the steps of a run up to its commit. */
export async function stageRun(
  store: ObjectProcess,
  target: StoreTarget,
  files: Readonly<Record<string, string>>,
): Promise<Ran> {
  const context = { options: {}, target, signal: new AbortController().signal };
  const begun = await store.begin(context);
  if (begun === 'skip') throw new Error('begin() said skip');
  const staged = { ...context, staging: begun.staging };
  const written = [];
  for (const [path, text] of Object.entries(files)) {
    const file = await store.createFile({ ...staged, path });
    await file.write(new TextEncoder().encode(text));
    const closed = await file.close();
    const checksum = `sha256:${createHash('sha256').update(text).digest('hex')}`;
    if (closed.checksum !== checksum) throw new Error(`${path} has the checksum ${closed.checksum}`);
    written.push({ path, rows: 1, ...closed });
  }
  const manifest: Manifest = {
    version: 1,
    runId: target.runId,
    output: target.output,
    format: 'bytes',
    schema: 'text utf8',
    partitionBy: [],
    rows: written.length,
    bytes: written.reduce((sum, { bytes }) => sum + bytes, 0),
    files: written,
  };
  return { context: staged, manifest };
}
