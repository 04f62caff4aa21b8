// Owns runs whose uploads are damaged on their way, one bit each: the service must refuse them, and what is read be what was written.
import { createHash, randomBytes } from 'node:crypto';
import type { ModuleRef, StoreDefinition } from '@tailrace/core/sink';
import type { StorePlace } from '@tailrace/core/testing';
import { expect } from 'vitest';
import { isChecked } from './fault-campaign.js';
import type { FaultProxy } from './fault-proxy.js';

export interface Damage {
  readonly proxy: FaultProxy;
  /** Reached through the proxy, with parts of 5 MiB. */
  readonly store: ModuleRef;
  readonly place: StorePlace;
}

const partBytes = 5 * 2 ** 20;

/** Writes one file in three parts and one in one request; the first try of each body arrives damaged. */
export async function expectDamageRefused({ proxy, store: { url, options }, place }: Damage): Promise<void> {
  // Loaded by Node from the built module, as workers do.
  const loaded = (await import(url)) as { readonly default: StoreDefinition };
  const store = loaded.default;
  const { signal } = new AbortController();
  const target = {
    path: place.path,
    kind: 'directory',
    mode: 'error',
    runId: 'damage',
    output: 'o',
  } as const;
  const begun = await store.begin({ options, target, signal });
  if (begun === 'skip') throw new Error('there is something at the target');
  const context = { options, target, signal, staging: begun.staging };
  const contents = { 'large.bin': randomBytes(2 * partBytes + 7), 'small.bin': randomBytes(1_000) };
  const damaged = new Set<string>();
  // By its address, which names the part: sent again, it arrives whole.
  proxy.faultOf = (_, asked) => {
    const { pathname, searchParams } = new URL(asked.url, proxy.url);
    const name = `${pathname} ${searchParams.get('partNumber') ?? searchParams.get('blockid') ?? ''}`;
    if (!isChecked(asked) || damaged.has(name)) return undefined;
    damaged.add(name);
    return { kind: 'damage' };
  };
  const files = [];
  for (const [path, content] of Object.entries(contents)) {
    const file = await store.createFile({ ...context, path });
    await file.write(content);
    const closed = await file.close();
    expect(closed.checksum).toBe(`sha256:${createHash('sha256').update(content).digest('hex')}`);
    files.push({ path, rows: 1, ...closed });
  }
  // Three parts and a whole file, and all of them once.
  expect(proxy.toDamaged).toEqual([400, 400, 400, 400]);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const told = { runId: target.runId, output: target.output, format: 'bytes', schema: 'b', partitionBy: [] };
  await store.commit({ ...context, manifest: { version: 1, ...told, rows: 2, bytes, files } });
  // The manifest as well.
  expect(new Set(proxy.toDamaged)).toEqual(new Set([400]));
  expect(proxy.toDamaged.length).toBeGreaterThan(4);
  expect((await place.files()).toSorted()).toEqual(Object.keys(contents));
  for (const [path, content] of Object.entries(contents))
    expect(content.equals(await place.read(path)), path).toBe(true);
  proxy.faultOf = () => undefined;
  await place.dispose();
}
