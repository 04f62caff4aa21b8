// Owns single calls on a container of Azure Blob, through the SDK: one try each, every body with its MD5, which the service verifies.
// An upload is a name for block ids: Put Block has no other beginning, and nothing is visible before Put Block List.
import { createHash, randomUUID } from 'node:crypto';
import type { BlobRequestConditions, ContainerClient } from '@azure/storage-blob';
import type {
  Answer,
  Condition,
  ListedObjects,
  ListedUpload,
  ObjectClient,
  ObjectFacts,
  Part,
  Upload,
} from '@tailrace/core/objects';
import { plainCause, timedCall } from '../objects/timed-call.js';
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

    put: ({ key, body, condition, metadata = {} }, signal) =>
      call<string>(signal, async (options) => {
        const headers = { blobContentMD5: md5(body) };
        const { etag } = await blob(key).upload(
          Buffer.from(body.buffer, body.byteOffset, body.byteLength),
          body.byteLength,
          {
            ...options,
            blobHTTPHeaders: headers,
            metadata: metadataTo(metadata),
            conditions: conditionsOf(condition),
          },
        );
        return tagged(etag);
      }),

    head: (key, signal) =>
      call<ObjectFacts>(signal, async (options) => factsOf(await blob(key).getProperties(options))),

    get: (key, range, signal) =>
      call<{ readonly body: Uint8Array; readonly facts: ObjectFacts }>(signal, async (options) => {
        const output = await blob(key).download(range?.start, range?.bytes, {
          ...options,
          maxRetryRequests: 0,
        });
        const chunks: Buffer[] = [];
        for await (const chunk of output.readableStreamBody ?? []) chunks.push(Buffer.from(chunk));
        const body = Buffer.concat(chunks);
        const facts = factsOf(output);
        if (facts.kind !== 'done') return facts;
        if (body.length !== facts.value.bytes) return unreadable('the body has another length than was said');
        const whole = Number(/\/(\d+)$/.exec(output.contentRange ?? '')?.[1] ?? facts.value.bytes);
        return { kind: 'done', value: { body, facts: { ...facts.value, bytes: whole } } };
      }),

    list: (prefix, { next, limit }, signal) =>
      call<ListedObjects>(signal, async (options) => {
        const pages = container.listBlobsFlat({ ...options, prefix }).byPage({
          ...(next !== undefined && { continuationToken: next }),
          ...(limit !== undefined && { maxPageSize: limit }),
        });
        for await (const page of pages) {
          const objects = page.segment.blobItems.map(({ name, properties }) => ({
            key: name,
            bytes: properties.contentLength ?? 0,
            writtenAtMs: properties.lastModified.getTime(),
          }));
          return { kind: 'done', value: { objects, next: page.continuationToken || undefined } };
        }
        return unreadable('it is no list of blobs');
      }),

    remove: (key, signal) =>
      call<undefined>(signal, async (options) => {
        await blob(key).delete(options);
        return { kind: 'done', value: undefined };
      }).then(goneIsDone),

    beginUpload: async (key) => ({ kind: 'done', value: { key, id: randomUUID() } }) satisfies Answer<Upload>,

    putPart: ({ key, id }, number, body, signal) =>
      call<Part>(signal, async (options) => {
        // A block of no bytes is refused; a list of no blocks is an empty blob.
        if (body.byteLength === 0) return { kind: 'done', value: { number, tag: noBlock } };
        const tag = blockId(id, number);
        const content = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
        await blob(key).stageBlock(tag, content, body.byteLength, {
          ...options,
          transactionalContentMD5: md5(body),
        });
        return { kind: 'done', value: { number, tag } };
      }),

    completeUpload: ({ upload, parts, condition, metadata }, signal) =>
      call<string>(signal, async (options) => {
        const blocks = parts.map(({ tag }) => tag).filter((tag) => tag !== noBlock);
        const { etag } = await blob(upload.key).commitBlockList(blocks, {
          ...options,
          metadata: metadataTo(metadata),
          conditions: conditionsOf(condition),
        });
        return tagged(etag);
      }),

    abortUpload: ({ key }, signal) => abortBlocks(key, signal),

    listUploads: (prefix, signal) =>
      call<readonly ListedUpload[]>(signal, async (options) => {
        const found: ListedUpload[] = [];
        for await (const item of container.listBlobsFlat({
          ...options,
          prefix,
          includeUncommitedBlobs: true,
        })) {
          // What was never committed has no entity tag of a content, and no length.
          if (item.properties.contentLength !== undefined && item.properties.contentLength > 0) continue;
          if (!isHidden(item.name)) continue;
          const list = await blob(item.name).getBlockList('all', options);
          const isOpen =
            (list.uncommittedBlocks ?? []).length > 0 && (list.committedBlocks ?? []).length === 0;
          // Of the service itself there is no such time for a blob that was never committed, whatever the type says.
          const begunAt: Date | undefined = item.properties.lastModified;
          if (isOpen) found.push({ key: item.name, id: 'uncommitted', begunAtMs: begunAt?.getTime() });
        }
        return { kind: 'done', value: found };
      }),
  };

  /**
   * Blocks that were never committed go when a list without them is: for a moment there is an empty blob. So it is done only
   * below the hidden keys of a target; under the name of a file that people read they are left, and end within a week.
   */
  function abortBlocks(key: string, signal: AbortSignal): Promise<Answer<undefined>> {
    if (!isHidden(key)) return Promise.resolve({ kind: 'done', value: undefined });
    return call<undefined>(signal, async (options) => {
      const { etag } = await blob(key).commitBlockList([], { ...options, conditions: { ifNoneMatch: '*' } });
      await blob(key).delete({ ...options, conditions: etag === undefined ? {} : { ifMatch: etag } });
      return { kind: 'done', value: undefined };
      // It was completed: then it is an object, and no upload any more.
    }).then((answer) =>
      answer.kind === 'precondition' ? { kind: 'done', value: undefined } : goneIsDone(answer),
    );
  }
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

function md5(body: Uint8Array): Uint8Array {
  return createHash('md5').update(body).digest();
}

function conditionsOf(condition: Condition | undefined): BlobRequestConditions {
  if (condition === undefined) return {};
  return condition.kind === 'absent' ? { ifNoneMatch: '*' } : { ifMatch: condition.tag };
}

/** An answer without a tag is not one of the service to a write. */
function tagged(tag: string | undefined): Answer<string> {
  return tag === undefined ? unreadable('it has no entity tag') : { kind: 'done', value: tag };
}

function factsOf({
  contentLength,
  etag,
  metadata,
}: {
  readonly contentLength?: number | undefined;
  readonly etag?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}): Answer<ObjectFacts> {
  if (contentLength === undefined || etag === undefined)
    return unreadable('it tells no length or entity tag');
  return { kind: 'done', value: { bytes: contentLength, tag: etag, metadata: metadataFrom(metadata ?? {}) } };
}

function unreadable(what: string): Answer<never> {
  return { kind: 'ambiguous', cause: plainCause('UnreadableAnswer', what, undefined) };
}

function goneIsDone(answer: Answer<undefined>): Answer<undefined> {
  return answer.kind === 'absent' ? { kind: 'done', value: undefined } : answer;
}
