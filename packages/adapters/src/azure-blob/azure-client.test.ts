import { createHash } from 'node:crypto';
import type { ContainerClient } from '@azure/storage-blob';
import { expect, it } from 'vitest';
import { azureObjectClient } from './azure-client.js';

const { signal } = new AbortController();

interface Blob {
  readonly name: string;
  readonly lastModified?: Date;
  readonly uncommitted: number;
}

/** A container of blobs that were never committed, and the calls that change something in it. */
function containerOf(blobs: readonly Blob[]) {
  const sent: string[] = [];
  const container = {
    async *listBlobsFlat({ prefix }: { readonly prefix: string }) {
      for (const { name, lastModified } of blobs) {
        if (name.startsWith(prefix)) yield { name, properties: { contentLength: 0, lastModified } };
      }
    },
    getBlockBlobClient: (name: string) => ({
      async getBlockList() {
        const { uncommitted = 0 } = blobs.find((blob) => blob.name === name) ?? {};
        return { committedBlocks: [], uncommittedBlocks: Array.from({ length: uncommitted }, () => ({})) };
      },
      async stageBlock(_id: string, _body: Buffer, length: number) {
        if (length === 0) throw Object.assign(new Error('InvalidHeaderValue'), { statusCode: 400 });
        sent.push(`block of ${length} to ${name}`);
      },
      async commitBlockList(ids: readonly string[]) {
        sent.push(`list of ${ids.length} to ${name}`);
        return { etag: '"1"' };
      },
      delete: async () => void sent.push(`delete ${name}`),
    }),
  };
  // Of a container the client calls only these.
  return {
    sent,
    // Of a container the client calls only this.
    client: azureObjectClient({ container: container as unknown as ContainerClient, timeoutMs: 1_000 }),
  };
}

it('uploads that the service tells no time of are listed without one', async () => {
  const at = new Date('2026-01-01T00:00:00Z');
  const { client } = containerOf([
    { name: 'r/_tailrace/data/s/a', uncommitted: 1 },
    { name: 'r/_tailrace/data/s/b', uncommitted: 1, lastModified: at },
  ]);
  expect(await client.listUploads('r/_tailrace/', signal)).toEqual({
    kind: 'done',
    value: [
      { key: 'r/_tailrace/data/s/a', id: 'uncommitted', begunAtMs: undefined },
      { key: 'r/_tailrace/data/s/b', id: 'uncommitted', begunAtMs: at.getTime() },
    ],
  });
});

it('only below keys that are hidden is an upload taken back or told of, and a name that looks like one is none', async () => {
  for (const name of ['my_tailrace/daily.csv', 'daily_tailrace/x', '_tailrace', 'daily.csv']) {
    const { client, sent } = containerOf([{ name, uncommitted: 1 }]);
    expect(await client.listUploads(name, signal)).toEqual({ kind: 'done', value: [] });
    expect(await client.abortUpload({ key: name, id: 'u' }, signal)).toMatchObject({ kind: 'done' });
    expect(sent).toEqual([]);
  }
  for (const name of ['_tailrace/daily.csv/data/s/a', 'data/routes/_tailrace/data/s/a']) {
    const { client, sent } = containerOf([{ name, uncommitted: 1 }]);
    await client.abortUpload({ key: name, id: 'u' }, signal);
    expect(sent).toEqual([`list of 0 to ${name}`, `delete ${name}`]);
  }
});

it('every body goes with its MD5, which the service verifies', async () => {
  const hashes: unknown[] = [];
  const container = {
    getBlockBlobClient: () => ({
      async upload(
        _body: Buffer,
        _length: number,
        { blobHTTPHeaders }: { readonly blobHTTPHeaders?: { readonly blobContentMD5?: Uint8Array } },
      ) {
        hashes.push(blobHTTPHeaders?.blobContentMD5);
        return { etag: '"1"' };
      },
      async stageBlock(
        _id: string,
        _body: Buffer,
        _length: number,
        { transactionalContentMD5 }: { readonly transactionalContentMD5?: Uint8Array },
      ) {
        hashes.push(transactionalContentMD5);
      },
    }),
  };
  // Of a container the client calls only this.
  const client = azureObjectClient({ container: container as unknown as ContainerClient, timeoutMs: 1_000 });
  const body = Buffer.from('a body');
  expect(await client.put({ key: 'k', body }, signal)).toMatchObject({ kind: 'done' });
  expect(await client.putPart({ key: 'k', id: 'u' }, 1, body, signal)).toMatchObject({ kind: 'done' });
  const md5 = createHash('md5').update(body).digest();
  expect(hashes).toEqual([md5, md5]);
  // Made while the body was gathered, it is not made again.
  const made = client.hashPart?.();
  for (const piece of ['a ', 'body']) made?.update(Buffer.from(piece));
  const hash = made?.digest();
  const other = Buffer.from('damaged since');
  await client.put({ key: 'k', body: other, hash }, signal);
  await client.putPart({ key: 'k', id: 'u' }, 2, other, signal, hash);
  expect(hashes.slice(2)).toEqual([md5, md5]);
});

it('an empty file is a list of no blocks, since the service takes no block without bytes', async () => {
  const { client, sent } = containerOf([]);
  const upload = { key: 'daily.csv', id: 'u' };
  const part = await client.putPart(upload, 1, new Uint8Array(0), signal);
  expect(part.kind).toBe('done');
  const parts = part.kind === 'done' ? [part.value] : [];
  expect(await client.completeUpload({ upload, parts, metadata: {} }, signal)).toMatchObject({
    kind: 'done',
  });
  expect(sent).toEqual(['list of 0 to daily.csv']);
});

it('a range of a blob of one tag is a precondition when another one is there, or one that ends before', async () => {
  const failed = (code: string, statusCode: number): Error =>
    Object.assign(new Error('said the service'), { code, statusCode });
  const asked: unknown[] = [];
  const container = {
    getBlockBlobClient: () => ({
      async download(
        offset: number,
        count: number,
        options: { readonly conditions?: { readonly ifMatch?: string } },
      ) {
        const { conditions } = options;
        asked.push([offset, count, conditions?.ifMatch]);
        if (conditions?.ifMatch !== undefined && conditions.ifMatch !== '"1"')
          throw failed('ConditionNotMet', 412);
        if (offset >= 9) throw failed('InvalidRange', 416);
        const readableStreamBody = [Buffer.from('the bytes'.slice(offset, offset + count))];
        return { readableStreamBody, contentLength: count, etag: '"1"', contentRange: 'bytes 4-8/9' };
      },
    }),
  };
  // Of a container the client calls only this.
  const client = azureObjectClient({ container: container as unknown as ContainerClient, timeoutMs: 1_000 });
  const part = { start: 4, bytes: 5 };
  expect(await client.get('k', { ...part, tag: '"1"' }, signal)).toMatchObject({
    kind: 'done',
    value: { facts: { bytes: 9 } },
  });
  expect(await client.get('k', { ...part, tag: '"0"' }, signal)).toEqual({ kind: 'precondition' });
  expect(asked).toEqual([
    [4, 5, '"1"'],
    [4, 5, '"0"'],
  ]);
  // A service that knows no such condition looks at the range alone.
  expect(await client.get('k', { start: 9, bytes: 1, tag: '"1"' }, signal)).toEqual({ kind: 'precondition' });
  expect(await client.get('k', { start: 9, bytes: 1 }, signal)).toMatchObject({ kind: 'refused' });
});

it('a list that lacks what every list has is no answer of the service, so that it is asked for again', async () => {
  const lastModified = new Date('2026-01-01T00:00:00Z');
  const whole = { name: 'a', properties: { contentLength: 3, lastModified } };
  const listOf = (page: unknown) => {
    const pages = async function* () {
      yield page;
    };
    const container = {
      listBlobsFlat: () => ({
        byPage: pages,
        async *[Symbol.asyncIterator]() {
          yield { name: 'r/_tailrace/a' };
        },
      }),
    };
    // Of a container the client calls only this.
    return azureObjectClient({ container: container as unknown as ContainerClient, timeoutMs: 1_000 });
  };
  const blobs = (...blobItems: readonly unknown[]) => ({ segment: { blobItems } });
  expect(await listOf(blobs(whole)).list('', {}, signal)).toEqual({
    kind: 'done',
    value: {
      objects: [{ key: 'a', bytes: 3, writtenAtMs: lastModified.getTime() }],
      next: undefined,
    },
  });
  const { name, properties } = whole;
  const odd = [
    undefined,
    {},
    { segment: {} },
    blobs(whole, { name }),
    blobs({ properties }),
    blobs({ name, properties: {} }),
  ];
  for (const page of odd)
    expect(await listOf(page).list('', {}, signal), JSON.stringify(page)).toMatchObject({
      kind: 'ambiguous',
    });
  expect(await listOf(undefined).listUploads('r/', signal)).toMatchObject({ kind: 'ambiguous' });
});
