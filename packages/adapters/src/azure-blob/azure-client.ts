// Owns single calls on a container of Azure Blob, through the SDK: one try each, every body with its MD5, which the service verifies.
// An upload is a name for block ids: Put Block has no other beginning, and nothing is visible before Put Block List.
import { createHash, randomUUID } from 'node:crypto';
import type { BlobItem, BlobRequestConditions, ContainerClient } from '@azure/storage-blob';
import type {
  Answer,
  Condition,
  ListedObject,
  ListedObjects,
  ListedUpload,
  ObjectClient,
  ObjectFacts,
  Part,
  Upload,
} from '@tailrace/core/objects';
import { factsOf, goneIsDone, gotten, outOfRangeIsReplaced, tagged, unreadable } from '../objects/answers.js';
import { hashInTurns } from '../objects/hash-in-turns.js';
import { ask, timedCall } from '../objects/timed-call.js';
import { judgeAzure } from './judge.js';
import { metadataFrom, metadataTo } from './metadata.js';

/** https://learn.microsoft.com/azure/storage/blobs/scalability-targets */
const limits = { minPartBytes: 1, maxParts: 50_000 } as const;

export interface AzureClientInit {
  readonly container: ContainerClient;
  readonly timeoutMs: number;
}

export function azureObjectClient({ container, timeoutMs }: AzureClientInit): ObjectClient {
  const timed = { timeoutMs, judge: judgeAzure };
  const call = <T>(
    signal: AbortSignal,
    act: (options: { readonly abortSignal: AbortSignal }) => Promise<Answer<T>>,
  ): Promise<Answer<T>> => timedCall(timed, signal, (abortSignal) => act({ abortSignal }));
  const blob = (key: string) => container.getBlockBlobClient(key);

  return {
    limits,

    put: ({ key, body, hash, condition, metadata = {} }, signal) =>
      call<string>(signal, async (options) => {
        const headers = { blobContentMD5: await md5Of(body, hash) };
        const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        const { etag } = await ask(
          blob(key).upload(content, body.byteLength, {
            ...options,
            blobHTTPHeaders: headers,
            metadata: metadataTo(metadata),
            conditions: conditionsOf(condition),
          }),
        );
        return tagged(etag);
      }),

    head: (key, signal) =>
      call<ObjectFacts>(signal, async (options) => factsIn(await ask(blob(key).getProperties(options)))),

    get: (key, range, signal) =>
      call<{ readonly body: Uint8Array; readonly facts: ObjectFacts }>(signal, async (options) => {
        const conditions = range?.tag === undefined ? {} : { ifMatch: range.tag };
        const download = { ...options, conditions, maxRetryRequests: 0 };
        const output = await ask(blob(key).download(range?.start, range?.bytes, download));
        const body = await ask(bodyOf(output.readableStreamBody ?? []));
        return gotten(body, factsIn(output), output.contentRange);
      }).then((answer) => outOfRangeIsReplaced(answer, range)),

    list: (prefix, { next, limit }, signal) =>
      call<ListedObjects>(signal, async (options) => {
        const pages = container.listBlobsFlat({ ...options, prefix }).byPage({
          ...(next !== undefined && { continuationToken: next }),
          ...(limit !== undefined && { maxPageSize: limit }),
        });
        const first = await ask(pages.next());
        if (first.done === true) return unreadable('it is no list of blobs');
        return listedIn(first.value);
      }),

    remove: (key, signal) =>
      call<undefined>(signal, async (options) => {
        await ask(blob(key).delete(options));
        return { kind: 'done', value: undefined };
      }).then(goneIsDone),

    beginUpload: async (key) => ({ kind: 'done', value: { key, id: randomUUID() } }) satisfies Answer<Upload>,

    // While a part is gathered others are sent, and its bytes are near: an MD5 takes three times as long as a SHA-256.
    hashPart() {
      const hash = createHash('md5');
      return {
        update: (piece) => void hash.update(piece),
        digest: () => hash.digest('base64'),
      };
    },

    putPart: ({ key, id }, number, body, signal, hash) =>
      call<Part>(signal, async (options) => {
        // A block of no bytes is refused; a list of no blocks is an empty blob.
        if (body.byteLength === 0) return { kind: 'done', value: { number, tag: noBlock } };
        const tag = blockId(id, number);
        const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        const hashed = { ...options, transactionalContentMD5: await md5Of(body, hash) };
        await ask(blob(key).stageBlock(tag, content, body.byteLength, hashed));
        return { kind: 'done', value: { number, tag } };
      }),

    completeUpload: ({ upload, parts, condition, metadata }, signal) =>
      call<string>(signal, async (options) => {
        const blocks = parts.map(({ tag }) => tag).filter((tag) => tag !== noBlock);
        const { etag } = await ask(
          blob(upload.key).commitBlockList(blocks, {
            ...options,
            metadata: metadataTo(metadata),
            conditions: conditionsOf(condition),
          }),
        );
        return tagged(etag);
      }),

    abortUpload: ({ key }, signal) => abortBlocks(key, signal),

    listUploads: (prefix, signal) =>
      call<readonly ListedUpload[]>(signal, async (options) => {
        const found: ListedUpload[] = [];
        const listing = { ...options, prefix, includeUncommitedBlobs: true };
        const items = container.listBlobsFlat(listing)[Symbol.asyncIterator]();
        for (let next = await ask(items.next()); next.done !== true; next = await ask(items.next())) {
          const item: Listed<typeof next.value> = next.value;
          if (item.name === undefined || item.properties === undefined)
            return unreadable('it is no list of blobs');
          // What was never committed has no entity tag of a content, and no length.
          if (item.properties.contentLength !== undefined && item.properties.contentLength > 0) continue;
          if (!isHidden(item.name)) continue;
          const list = await ask(blob(item.name).getBlockList('all', options));
          const isOpen =
            (list.uncommittedBlocks ?? []).length > 0 && (list.committedBlocks ?? []).length === 0;
          // Of the service itself there is no such time for a blob that was never committed, whatever the type says.
          const begunAtMs = item.properties.lastModified?.getTime();
          if (isOpen) found.push({ key: item.name, id: 'uncommitted', begunAtMs });
        }
        return { kind: 'done', value: found };
      }),

    // An upload begins with its first block: what is listed has some.
    hasParts: async () => ({ kind: 'done', value: true }) satisfies Answer<boolean>,
  };

  /**
   * Blocks that were never committed go when a list without them is: for a moment there is an empty blob. So it is done only
   * below the hidden keys of a target; under the name of a file that people read they are left, and end within a week.
   */
  function abortBlocks(key: string, signal: AbortSignal): Promise<Answer<undefined>> {
    if (!isHidden(key)) return Promise.resolve({ kind: 'done', value: undefined });
    return call<undefined>(signal, async (options) => {
      const ifNew = { ...options, conditions: { ifNoneMatch: '*' } };
      const { etag } = await ask(blob(key).commitBlockList([], ifNew));
      const conditions = etag === undefined ? {} : { ifMatch: etag };
      await ask(blob(key).delete({ ...options, conditions }));
      return { kind: 'done', value: undefined };
      // It was completed: then it is an object, and no upload any more.
    }).then((answer) =>
      answer.kind === 'precondition' ? { kind: 'done', value: undefined } : goneIsDone(answer),
    );
  }
}

/** @param hash as `hashPart` gives it, where it is known */
async function md5Of(body: Uint8Array, hash: string | undefined): Promise<Uint8Array> {
  return hash === undefined ? hashInTurns('md5', body) : Buffer.from(hash, 'base64');
}

/** What no block is called: the part of an empty upload. */
const noBlock = '';

/** Whether a key is one that no reader looks at: a part of its path says so, not a piece of a name. */
function isHidden(key: string): boolean {
  return key.split('/').slice(0, -1).includes('_tailrace');
}

/** Of one length for all blocks of a blob, as the service wants them. */
function blockId(upload: string, number: number): string {
  return Buffer.from(`${upload}-${String(number).padStart(8, '0')}`).toString('base64');
}

function conditionsOf(condition: Condition | undefined): BlobRequestConditions {
  if (condition === undefined) return {};
  return condition.kind === 'absent' ? { ifNoneMatch: '*' } : { ifMatch: condition.tag };
}

/** What the SDK makes of a list, which need not have what its types promise: whoever stands before the service may have answered. */
type Listed<Item extends { readonly properties: object }> = Partial<Omit<Item, 'properties'>> & {
  readonly properties?: Partial<Item['properties']> | undefined;
};

interface ListedPage {
  readonly segment?: { readonly blobItems?: readonly Listed<BlobItem>[] | undefined } | undefined;
  readonly continuationToken?: string | undefined;
}

function listedIn(page: ListedPage | undefined): Answer<ListedObjects> {
  const objects: ListedObject[] = [];
  const items = page?.segment?.blobItems;
  if (items === undefined) return unreadable('it is no list of blobs');
  for (const { name, properties } of items) {
    const writtenAt = properties?.lastModified;
    if (name === undefined || writtenAt === undefined) {
      return unreadable('it lists a blob without a name, or without the time at which it was written');
    }
    objects.push({ key: name, bytes: properties?.contentLength ?? 0, writtenAtMs: writtenAt.getTime() });
  }
  return { kind: 'done', value: { objects, next: page?.continuationToken || undefined } };
}

function factsIn({
  contentLength: bytes,
  etag: tag,
  metadata = {},
}: {
  readonly contentLength?: number | undefined;
  readonly etag?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}): Answer<ObjectFacts> {
  return factsOf({ bytes, tag, metadata: metadataFrom(metadata) });
}

async function bodyOf(chunks: AsyncIterable<string | Buffer> | Iterable<string | Buffer>): Promise<Buffer> {
  const found: Buffer[] = [];
  for await (const chunk of chunks) found.push(Buffer.from(chunk));
  return Buffer.concat(found);
}
