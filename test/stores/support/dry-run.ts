// Owns that a sweep that only tells removes nothing, and that the sweep that follows removes what was told, and no more.

import type { Leftover } from '@tailrace/core/objects';
import { loadModule, type ModuleRef, type StoreDefinition } from '@tailrace/core/sink';
import type { StorePlace } from '@tailrace/core/testing';
import { expect } from 'vitest';

export interface DryRun {
  readonly store: ModuleRef;
  readonly place: StorePlace;
  /** By the SDK: an object, and an upload that was begun, below these keys of the target. */
  leave(object: string, upload: string): Promise<void>;
  sweep(options: { readonly olderThanMs: number; readonly dryRun?: boolean }): Promise<readonly Leftover[]>;
}

export async function expectDryRun({ store: ref, place, leave, sweep }: DryRun): Promise<void> {
  const store = await loadModule<StoreDefinition>(ref, 'store');
  const target = {
    path: place.path,
    kind: 'directory',
    mode: 'overwrite',
    runId: `run-${process.pid}`,
    output: 'kept',
  } as const;
  const context = { options: ref.options, target, signal: new AbortController().signal };
  const begun = await store.begin(context);
  if (begun === 'skip') throw new Error('begin() said skip');
  const staged = { ...context, staging: begun.staging };
  const file = await store.createFile({ ...staged, path: 'a.txt' });
  await file.write(Buffer.from('kept'));
  const closed = await file.close();
  await store.commit({
    ...staged,
    manifest: {
      version: 1,
      runId: target.runId,
      output: target.output,
      format: 'bytes',
      schema: 'text',
      partitionBy: [],
      rows: 1,
      bytes: closed.bytes,
      files: [{ path: 'a.txt', rows: 1, ...closed }],
    },
  });
  await leave('_tailrace/data/run-gone/a.txt', '_tailrace/data/run-gone/b.txt');
  const before = await place.leftovers();
  expect(before).toHaveLength(2);

  expect(await sweep({ olderThanMs: 3_600_000, dryRun: true })).toEqual([]);
  const told = await sweep({ olderThanMs: 0, dryRun: true });
  expect(told.map(({ what, key }) => [what, key.replace(/^.*_tailrace/, '_tailrace')]).sort()).toEqual([
    ['object', '_tailrace/data/run-gone/a.txt'],
    ['upload', '_tailrace/data/run-gone/b.txt'],
  ]);
  expect(await place.leftovers()).toEqual(before);
  expect(Buffer.from(await place.read('a.txt')).toString()).toBe('kept');

  const swept = await sweep({ olderThanMs: 0 });
  expect(swept.map(({ what, key }) => [what, key])).toEqual(told.map(({ what, key }) => [what, key]));
  expect(await place.leftovers()).toEqual([]);
  expect(Buffer.from(await place.read('a.txt')).toString()).toBe('kept');
  await place.dispose();
}
