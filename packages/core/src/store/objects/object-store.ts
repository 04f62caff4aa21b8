// Owns a store of objects as the framework knows it: which protocol a target has, and what of it runs when. See
// docs/decisions/0017-object-stores.md.
import { randomUUID } from 'node:crypto';
import { TailraceError } from '../../errors/tailrace-error.js';
import type { StoreContext, StoreDefinition, StoreTarget } from '../../sink/store.js';
import { type Clock, systemClock } from '../../time/clock.js';
import { checkAppendable } from '../appendable.js';
import { type Owner, processOwners } from '../local/owner.js';
import { beginObjects } from './begin.js';
import { clearStage } from './clear.js';
import { clearPublished, commitDataset, tidyDataset } from './commit-dataset.js';
import { lastCalls, type SetDeadline } from './last-calls.js';
import { objectFiles } from './object-files.js';
import { checkDataPath, checkTarget, dataKey, type ObjectPlace, objectPlace } from './object-keys.js';
import type { ObjectConnection, ObjectStaging } from './object-staging.js';
import { type Objects, objectsOf } from './objects.js';
import { openDatasetVersion, openFileVersion } from './open-version.js';
import { publishedDataset, publishedFile } from './published.js';
import {
  commitFile,
  discardFile,
  isOwnFile,
  landingOfFile,
  stageThere,
  sweepFile,
  tidyFile,
} from './single-file.js';
import { readRecord } from './stage.js';
import { type Landing, stagedObject } from './staged-object.js';
import { condemn, raiseFence, type Sweeping, sweepDataset } from './sweep.js';
import { createUntidied, type Tidy } from './untidied.js';
import { newestVersion, publishedBy, type Version } from './version.js';

/** What `objectStore` is made of. */
export interface ObjectStoreInit<Options> {
  /** Short, for messages: `s3`. */
  readonly name: string;
  /** Signs that the store takes for others in keys: a target with one of them is refused. Default: none. */
  readonly refusedSigns?: string | undefined;
  /** Called in every thread; equal options give the same connection. */
  connect(options: Options): Promise<ObjectConnection>;
  /** Injected in tests. */
  readonly clock?: Clock | undefined;
  /** Who is writing. Default: this process. */
  readonly self?: (() => Promise<Owner>) | undefined;
  /** Names that no other run has; injected in tests. Default: random UUIDs. */
  readonly uniqueName?: (() => string) | undefined;
  /** Default: by the timers of Node, which keep no process. */
  readonly setDeadline?: SetDeadline | undefined;
}

/**
 * A store on an object store, by the protocol of docs/decisions/0017-object-stores.md: with a client of single calls, all of it.
 * The store has to keep to conditions on writes, which is tested when the first output begins, and has to show what was written.
 */
export function objectStore<Options>(
  init: ObjectStoreInit<Options>,
): StoreDefinition<Options, ObjectStaging> {
  const { name, connect, clock = systemClock, self = processOwners.self, uniqueName = randomUUID } = init;
  const { setDeadline } = init;
  /** Stages of which a version was sent and no answer has come that tells what became of it. */
  const open = new Set<string>();
  /** Paths that this thread has given out, so that one that exists is refused at once; the condition on the write decides. */
  const given = new Map<string, Set<string>>();
  const untidied = createUntidied();
  const now = (): number => clock.wallTime();

  interface Scene {
    readonly connection: ObjectConnection;
    readonly place: ObjectPlace;
    readonly objects: Objects;
    /** Calls that end some time after those of `objects`: what is not known of a commit is looked for. */
    readonly uncancelled: Objects;
  }
  const sceneOf = async ({ options, target, signal }: StoreContext<Options>): Promise<Scene> => {
    const place = objectPlace(target);
    checkTarget(place, target, { name, refusedSigns: init.refusedSigns });
    const connection = await connect(options);
    const client = connection.client(place.container);
    const objects = objectsOf({ client, pace: connection.pace, about: target, signal });
    let uncancelled: Objects | undefined;
    return {
      connection,
      place,
      objects,
      // Not before it is wanted: it listens to the signal of the run.
      get uncancelled() {
        uncancelled ??= lastCalls(objects, { after: signal, setDeadline });
        return uncancelled;
      },
    };
  };
  const sweepingOf = async (
    scene: Scene,
    target: StoreTarget,
    objects: Objects = scene.objects,
  ): Promise<Sweeping> => ({
    objects,
    place: scene.place,
    self: await self(),
    fence: `fence-${uniqueName()}`,
    nowMs: now(),
    takeOver: target.takeOver ?? false,
  });
  const ownVersion = async (
    { uncancelled, place }: Scene,
    { runId, key }: StoreTarget,
    { stage, base }: ObjectStaging,
  ): Promise<Version | undefined> =>
    publishedBy(
      uncancelled,
      place,
      { stage, runId, key },
      { after: base, newest: await newestVersion(uncancelled, place) },
    );
  const isThere = async (scene: Scene, target: StoreTarget, { stage, ...staging }: ObjectStaging) =>
    target.kind === 'file'
      ? isOwnFile(
          scene.uncancelled,
          scene.place,
          { ...target, stage },
          await stageThere(scene.uncancelled, scene.place),
        )
      : (await ownVersion(scene, target, { stage, ...staging })) !== undefined;

  return {
    name,
    supports: ['overwritePartitions', 'generations', 'replaces'],

    async published(context) {
      const { target } = context;
      const scene = await sceneOf(context);
      const sweeping = await sweepingOf(scene, target);
      // A job decides by what it is told: of dead runs on this machine nothing may come after that.
      await (target.kind === 'file' ? sweepFile(sweeping) : sweepDataset(sweeping));
      return target.kind === 'file' ? publishedFile(scene) : publishedDataset(scene);
    },

    async begin(context) {
      const { target, signal } = context;
      signal.throwIfAborted();
      const scene = await sceneOf(context);
      const sweeping = await sweepingOf(scene, target);
      const stage = `${target.runId}-${uniqueName().slice(0, 8)}`;
      const { connection } = scene;
      const untold = await untidied.tidyAgain(scene);
      const begun = await beginObjects({ ...sweeping, connection, target, signal, stage });
      return begun === 'skip' ? begun : { ...begun, notes: [...untold, ...(begun.notes ?? [])] };
    },

    async admit(context) {
      const { target, content } = context;
      if (target.mode !== 'append' && target.mode !== 'overwritePartitions') return;
      const { objects, place } = await sceneOf(context);
      const { manifest } = await newestVersion(objects, place);
      if (manifest !== undefined) {
        checkAppendable(manifest, { ...content, output: target.output }, target.path);
      }
    },

    async createFile(context) {
      const { target, staging, path, signal } = context;
      signal.throwIfAborted();
      checkDataPath(target, path);
      const { objects, place, connection } = await sceneOf(context);
      const { partBytes, lanes } = connection;
      const { stage } = staging;
      const landing =
        target.kind === 'file'
          ? landingOfFile(objects, place, { stage, runId: target.runId }, uniqueName())
          : landingInDataset(dataKey(place, stage, path), take(stage, path, target));
      return stagedObject({ objects, landing, partBytes, lanes });
    },

    async removeFile(context) {
      const { target, staging, file } = context;
      // Attempts at a single file are told apart by content: a later one with the same has the same receipt.
      if (target.kind === 'file') return;
      const { objects, place } = await sceneOf(context);
      await objects.remove(dataKey(place, staging.stage, file.path));
    },

    async commit(context) {
      const { target, staging, manifest, signal } = context;
      signal.throwIfAborted();
      const scene = await sceneOf(context);
      const sent = (isOpen: boolean): void =>
        void (isOpen ? open.add(staging.stage) : open.delete(staging.stage));
      const committing = { ...scene, target, staging, manifest, now, sent };
      if (target.kind === 'file') {
        const over = await commitFile(committing);
        const tidy: Tidy = (objects, place) => tidyFile(objects, place, staging.stage, over);
        await untidied.tidy(scene, { now: tidy, later: tidy });
      } else {
        await commitDataset(committing);
        await untidied.tidy(scene, {
          now: (uncancelled, place) => tidyDataset({ uncancelled, place, target, staging }),
          later: (objects, place) => clearPublished(objects, place, staging.stage),
        });
      }
    },

    async open({ options, target, signal }) {
      const place = objectPlace(target);
      const connection = await connect(options);
      const about = { path: target.path, output: 'source', isRead: true };
      const client = connection.client(place.container);
      const objects = objectsOf({ client, pace: connection.pace, about, signal });
      return target.kind === 'file' ? openFileVersion(objects, place) : openDatasetVersion(objects, place);
    },

    files: objectFiles(connect),

    async verify(context) {
      const { target, staging } = context;
      const found = await isThere(await sceneOf(context), target, staging);
      if (found) open.delete(staging.stage);
      return found;
    },

    async abort(context) {
      const { target, staging } = context;
      const { stage } = staging;
      // Cancelled already: nobody waits longer for it than for a run that is aborted.
      const scene = await sceneOf({ ...context, signal: AbortSignal.abort() });
      const { uncancelled, place } = scene;
      given.delete(stage);
      if (target.kind === 'file') {
        const isThere = await discardFile(uncancelled, place, stage, open.has(stage));
        if (isThere) await tidyFile(uncancelled, place, stage);
        open.delete(stage);
        return;
      }
      if (open.has(stage)) {
        const sweeping = await sweepingOf(scene, target, uncancelled);
        const record = await readRecord(uncancelled, place, stage);
        await condemn(sweeping, [{ stage, record, writtenAtMs: now() }]);
        await raiseFence(sweeping);
      }
      if ((await ownVersion(scene, target, staging)) !== undefined)
        await tidyDataset({ ...scene, target, staging });
      else await clearStage(uncancelled, place, stage, new Set());
      open.delete(stage);
    },
  };

  /** Takes a path of a stage; gives back what lets it go again. */
  function take(stage: string, path: string, target: StoreTarget): () => void {
    const paths = given.get(stage) ?? new Set<string>();
    if (!given.has(stage)) {
      // Those of outputs that have ended; no thread is told of that.
      const oldest = given.size >= 64 ? given.keys().next().value : undefined;
      if (oldest !== undefined) given.delete(oldest);
      given.set(stage, paths);
    }
    if (paths.has(path)) {
      throw new TailraceError(
        `Output "${target.output}" has a file ${path} in ${target.path} already. Report this.`,
        {
          code: 'STORE_FAILED',
          status: 'permanent',
          operation: 'create file',
          context: { path: target.path, output: target.output },
        },
      );
    }
    paths.add(path);
    return () => void paths.delete(path);
  }
}

function landingInDataset(key: string, letGo: () => void): Landing {
  return { key, metadata: {}, mayBePut: true, gone: async () => letGo() };
}
