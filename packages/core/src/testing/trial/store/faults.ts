// Owns the mistakes that a store can make, each as a change to the sound trial store.
import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { StagedFile } from '../../../sink/sink.js';
import type { StoreFile } from '../../../sink/store.js';
import { makeStaging, newest, publishRecord } from '../records.js';
import {
  type Entry,
  failed,
  nextVersion,
  stagedAt,
  type TrialStaging,
  type TrialStore,
  trialStore,
} from './trial-store.js';

type Changes = Partial<TrialStore>;
type Creating = Parameters<TrialStore['createFile']>[0];

/** A store whose files are wrapped. */
function withFiles(wrap: (file: StoreFile, context: Creating) => Partial<StoreFile>): Changes {
  return {
    async createFile(context) {
      const file = await trialStore.createFile(context);
      return { ...file, ...wrap(file, context) };
    },
  };
}

const never = new AbortController().signal;
const stagingOfRuns = new Map<string, TrialStaging>();
const committedHere = new Set<string>();

/** Publishes what the manifest names over whatever is there, without comparing. */
const publishBlindly: TrialStore['commit'] = async ({ target, staging, manifest }) => {
  const current = await newest<Entry>(target.path);
  const record = nextVersion(target, { ...staging, base: current.number }, manifest, current);
  await publishRecord(target.path, record, staging.directory);
};

const withoutItsName = async <T>(call: () => Promise<T>): Promise<T> => {
  try {
    return await call();
  } catch {
    throw new Error('it did not work');
  }
};

export const storeFaults = {
  publishesEarly: withFiles((file, context) => ({
    async close() {
      const closed = await file.close();
      const staged: StagedFile = { path: context.path, rows: 1, ...closed };
      const manifest = {
        version: 1,
        format: 'bytes',
        schema: '',
        partitionBy: [],
        rows: 1,
        bytes: 1,
      } as const;
      const { runId, output } = context.target;
      await trialStore.commit({ ...context, manifest: { ...manifest, runId, output, files: [staged] } });
      return closed;
    },
  })),
  forgetsAFileAtAbort: { abort: async () => undefined },
  publishesTwiceOnRetry: {
    async commit(context) {
      const { target, staging } = context;
      const { runs, entries, number } = await newest<Entry>(target.path);
      if (!runs.includes(target.runId)) return trialStore.commit(context);
      const again = entries.map((entry) => ({ ...entry, path: `${entry.path}-${randomUUID()}` }));
      const record = { number: number + 1, runs, entries: [...entries, ...again] };
      await publishRecord(target.path, record, staging.directory);
    },
  },
  publishesWithoutComparing: { commit: publishBlindly },
  appendsToAStaleVersion: {
    async commit(context) {
      const { target } = context;
      const current = await newest<Entry>(target.path);
      if (target.mode !== 'append' || current.number === context.staging.base)
        return trialStore.commit(context);
      // The version that the run began on, as if nothing had happened since.
      const before = { ...current, entries: current.entries.slice(0, 1) };
      const record = nextVersion(
        target,
        { ...context.staging, base: current.number },
        context.manifest,
        before,
      );
      await publishRecord(target.path, record, context.staging.directory);
    },
  },
  dropsTheLastWrite: withFiles((file) => {
    let held: Uint8Array | undefined;
    return {
      async write(bytes) {
        if (held !== undefined) await file.write(held);
        held = new Uint8Array(bytes);
      },
    };
  }),
  swapsWrites: withFiles((file) => {
    let held: Uint8Array | undefined;
    return {
      async write(bytes) {
        if (held === undefined) held = new Uint8Array(bytes);
        else {
          await file.write(bytes);
          await file.write(held);
          held = undefined;
        }
      },
      async close() {
        if (held !== undefined) await file.write(held);
        return file.close();
      },
    };
  }),
  keepsTheCallersMemory: withFiles((file) => {
    const kept: Uint8Array[] = [];
    return {
      async write(bytes) {
        kept.push(bytes);
      },
      async close() {
        for (const bytes of kept) await file.write(bytes);
        return file.close();
      },
    };
  }),
  claimsAChecksum: withFiles((file) => ({
    close: async () => ({ ...(await file.close()), checksum: `sha256:${'0'.repeat(64)}` }),
  })),
  handsOverTwice: withFiles((file) => ({
    async close(onHandedOver) {
      onHandedOver?.();
      onHandedOver?.();
      return file.close();
    },
  })),
  ignoresTheSignal: {
    begin: (context) => trialStore.begin({ ...context, signal: never }),
    createFile: (context) => trialStore.createFile({ ...context, signal: never }),
    commit: (context) => trialStore.commit({ ...context, signal: never }),
  },
  keepsFilesAfterACrash: {
    async begin(context) {
      const { path } = context.target;
      const kept = (await readdir(path).catch(() => [])).filter((name) => name.startsWith('staged-'));
      const begun = await trialStore.begin(context);
      for (const name of kept) await makeStaging(path, name);
      return begun;
    },
  },
  mixesVersions: {
    commit: (context) => trialStore.commit({ ...context, target: { ...context.target, mode: 'append' } }),
  },
  removesTheOldVersionFirst: {
    async begin(context) {
      const { path, mode } = context.target;
      if (mode === 'overwrite') await rm(path, { recursive: true, force: true });
      return trialStore.begin(context);
    },
  },
  publishesWhatItFinds: {
    async commit({ target, staging, manifest }) {
      const current = await newest<Entry>(target.path);
      const record = nextVersion(target, staging, manifest, current);
      const named = new Set(record.entries.map(({ at }) => basename(at)));
      const strays = (await readdir(staging.directory)).filter((name) => !named.has(name));
      const found = strays.map((name) => ({ path: name, at: join(basename(staging.directory), name) }));
      const entries = [...record.entries, ...found];
      await publishRecord(target.path, { ...record, entries }, staging.directory);
    },
  },
  publishesBeforeItChecks: {
    async commit(context) {
      await publishBlindly(context);
      const { target, staging, manifest } = context;
      const staged = await readdir(staging.directory);
      const lost = manifest.files.find((file) => !staged.includes(stagedAt(target, file)));
      if (lost !== undefined) throw failed(target, 'commit output', `${lost.path} is gone`);
    },
  },
  confirmsWhateverIsAsked: { verify: async () => true },
  remembersCommitsInMemory: {
    async commit(context) {
      await trialStore.commit(context);
      committedHere.add(context.target.runId);
    },
    verify: async ({ target }) => committedHere.has(target.runId),
  },
  sharesStagingBetweenOutputs: {
    async begin(context) {
      const begun = await trialStore.begin(context);
      if (begun === 'skip') return begun;
      const { runId } = context.target;
      const staging = stagingOfRuns.get(runId) ?? begun.staging;
      stagingOfRuns.set(runId, staging);
      return { staging };
    },
  },
  throwsBareErrors: {
    begin: (context) => withoutItsName(() => trialStore.begin(context)),
    createFile: (context) => withoutItsName(() => trialStore.createFile(context)),
    commit: (context) => withoutItsName(() => trialStore.commit(context)),
  },
} as const satisfies Readonly<Record<string, Changes>>;

export type StoreFault = keyof typeof storeFaults;
