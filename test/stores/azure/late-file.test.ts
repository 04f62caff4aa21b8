// A single file on Azure whose completion arrives long after its run was given up: the service has nothing that would call it off.
import { azureBlob, sweepAzureBlob } from '@tailrace/adapters/azure-blob';
import { openDataset } from '@tailrace/adapters/sources';
import { loadModule, type StoreDefinition, type StoreTarget } from '@tailrace/core/sink';
import { expect, it } from 'vitest';
import { startFaultProxy } from '../support/fault-proxy.js';
import { azurePlace, testEndpoint } from './azure-place.js';
import { connectionTo, testContainer } from './azurite.js';

it('comes whole and with its manifest, is told of as there, and is replaced as any other', async () => {
  const proxy = await startFaultProxy(testEndpoint());
  const direct = process.env.AZURE_STORAGE_CONNECTION_STRING;
  process.env.AZURE_STORAGE_CONNECTION_STRING = connectionTo(proxy.url);
  try {
    const ref = azureBlob({ timeoutMs: 1_500 });
    const store = await loadModule<StoreDefinition>(ref, 'store');
    const place = azurePlace('file', `${process.pid}/late.ndjson`);
    expect(place.path).toBe(`az://${testContainer}/${process.pid}/late.ndjson`);
    let runs = 0;
    /** Until its file is closed. */
    const stage = async (text: string, mode: StoreTarget['mode']) => {
      runs += 1;
      const target = {
        path: place.path,
        kind: 'file',
        mode,
        runId: `run-${process.pid}-${runs}`,
        output: 'late',
      } as const;
      const context = { options: ref.options, target, signal: new AbortController().signal };
      const begun = await store.begin(context);
      if (begun === 'skip') throw new Error('begin() said skip');
      const staged = { ...context, staging: begun.staging };
      const file = await store.createFile({ ...staged, path: 'late.ndjson' });
      await file.write(Buffer.from(text));
      const closed = await file.close();
      const { runId, output } = target;
      const files = [{ path: 'late.ndjson', rows: 1, ...closed }];
      const manifest = {
        version: 1,
        runId,
        output,
        format: 'ndjson',
        schema: 'id',
        partitionBy: [],
        rows: 1,
        bytes: closed.bytes,
        files,
      } as const;
      return { ...staged, manifest };
    };
    const first = await stage('{"id":1}\n', 'error');
    const life = new AbortController();
    proxy.faultOf = (_, { method, url }) => {
      if (method !== 'PUT' || !/late\.ndjson\?.*comp=blocklist/.test(url)) return undefined;
      life.abort(new Error('given up by the test'));
      return { kind: 'late' };
    };
    await expect(store.commit({ ...first, signal: life.signal })).rejects.toThrow('given up by the test');
    expect(proxy.faults).toBe(1);
    proxy.faultOf = () => undefined;
    expect(await store.verify(first)).toBe(false);
    await store.abort(first);
    expect(await place.files()).toEqual([]);

    await proxy.settle();
    const stores = [ref];
    const ids: unknown[] = [];
    const dataset = await openDataset(place.path, { stores });
    expect(dataset).toMatchObject({ runId: first.target.runId, totalItems: 1 });
    for await (const chunk of dataset.open(first.signal)) ids.push(...chunk);
    expect(ids).toEqual([{ id: 1 }]);
    expect(await store.verify(first)).toBe(true);
    await expect(stage('{"id":2}\n', 'error')).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    await sweepAzureBlob(place.path, {}, { olderThanMs: 0 });
    expect((await openDataset(place.path, { stores })).totalItems).toBe(1);

    await store.commit(await stage('{"id":3}\n', 'overwrite'));
    expect(Buffer.from(await place.read('.')).toString()).toBe('{"id":3}\n');
    expect(await place.leftovers()).toEqual([]);
  } finally {
    process.env.AZURE_STORAGE_CONNECTION_STRING = direct;
    await proxy.close();
  }
});
