// Owns single calls on a bucket of S3, through the SDK: one try each. Parts go with a checksum that the service verifies (see
// part-checks.ts), other bodies with the SHA-256 that the signature is over (content-hash.ts).
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type {
  Answer,
  Condition,
  ListedObjects,
  ListedUpload,
  ObjectClient,
  ObjectFacts,
} from '@tailrace/core/objects';
import {
  factsOf,
  goneIsDone,
  gotten,
  isOutOfRange,
  outOfRangeIsReplaced,
  tagged,
  unreadable,
} from '../objects/answers.js';
import { ask, timedCall } from '../objects/timed-call.js';
import { signWith, trustConnection } from './content-hash.js';
import { judgeS3 } from './judge.js';
import { crcInPieces, crcOf, createPartChecks, fromTag, tagWith } from './part-checks.js';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const limits = { minPartBytes: 5 * 2 ** 20, maxParts: 10_000 } as const;

export interface S3ClientInit {
  readonly client: S3Client;
  readonly bucket: string;
  readonly timeoutMs: number;
}

export function s3ObjectClient({ client, bucket, timeoutMs }: S3ClientInit): ObjectClient {
  const timed = { timeoutMs, judge: judgeS3 };
  const checks = createPartChecks();
  const call = <T>(
    signal: AbortSignal,
    act: (options: { readonly abortSignal: AbortSignal }) => Promise<Answer<T>>,
  ): Promise<Answer<T>> => timedCall(timed, signal, (abortSignal) => act({ abortSignal }));
  const of = (key: string): { readonly Bucket: string; readonly Key: string } => ({
    Bucket: bucket,
    Key: key,
  });

  const get: ObjectClient['get'] = (key, range, signal) =>
    call<{ readonly body: Uint8Array; readonly facts: ObjectFacts }>(signal, async (options) => {
      const Range = range && `bytes=${range.start}-${range.start + range.bytes - 1}`;
      const input = { ...of(key), Range, IfMatch: range?.tag };
      const output = await ask(client.send(new GetObjectCommand(input), options));
      const body = output.Body && (await ask(output.Body.transformToByteArray()));
      return gotten(body, factsIn(output), output.ContentRange);
    }).then((answer) => outOfRangeIsReplaced(answer, range));

  const head: ObjectClient['head'] = (key, signal) =>
    call<ObjectFacts>(signal, async (options) =>
      factsIn(await ask(client.send(new HeadObjectCommand(of(key)), options))),
    );

  return {
    limits,

    put: ({ key, body, sha256, condition, metadata }, signal) =>
      call<string>(signal, async (options) => {
        const input = { ...of(key), Body: body, Metadata: { ...metadata } };
        const command = new PutObjectCommand({ ...input, ...conditionOf(condition) });
        if (sha256 !== undefined) signWith(command, sha256);
        const { ETag } = await ask(client.send(command, options));
        return tagged(ETag);
      }),

    // The answer to a HEAD has no body, and so no code: what was refused is asked for by a GET, which tells why.
    head: async (key, signal) => {
      const answer = await head(key, signal);
      if (answer.kind !== 'refused') return answer;
      const got = await get(key, { start: 0, bytes: 1 }, signal);
      if (got.kind === 'done') return { kind: 'done', value: got.value.facts };
      // An empty object has no first byte. So the refusal was of the moment: clocks that differ, which the SDK has noted.
      return isOutOfRange(got) ? head(key, signal) : got;
    },

    get,

    list: (prefix, { next, limit }, signal) =>
      call<ListedObjects>(signal, async (options) => {
        const input = { Bucket: bucket, Prefix: prefix, ContinuationToken: next, MaxKeys: limit };
        const output = await ask(client.send(new ListObjectsV2Command(input), options));
        // Whatever came in its place has no count.
        if (output.KeyCount === undefined && output.Name === undefined)
          return unreadable('it is no list of objects');
        const objects = (output.Contents ?? []).map(({ Key = '', Size = 0, LastModified }) => ({
          key: Key,
          bytes: Size,
          writtenAtMs: LastModified?.getTime() ?? 0,
        }));
        return {
          kind: 'done',
          value: { objects, next: output.IsTruncated ? output.NextContinuationToken : undefined },
        };
      }),

    remove: (key, signal) =>
      call<undefined>(signal, async (options) => {
        await ask(client.send(new DeleteObjectCommand(of(key)), options));
        return { kind: 'done', value: undefined };
      }).then(goneIsDone),

    beginUpload: (key, metadata, signal) =>
      checks
        .find((check) =>
          call<{ readonly id: string; readonly isVerified: true }>(signal, async (options) => {
            // Where parts have a checksum of a kind, the upload is to be of that kind.
            const kind = check === 'signed' ? {} : { ChecksumAlgorithm: 'CRC32' as const };
            const input = { ...of(key), Metadata: { ...metadata }, ...kind };
            const { UploadId } = await ask(client.send(new CreateMultipartUploadCommand(input), options));
            if (UploadId === undefined) return unreadable('no upload was named');
            return { kind: 'done', value: { id: UploadId, isVerified: true } };
          }),
        )
        .then((answer) =>
          answer.kind === 'done' ? { kind: 'done', value: { key, id: answer.value.id } } : answer,
        ),

    hashPart: crcInPieces,

    putPart: ({ key, id }, number, body, signal, hash) =>
      checks
        .find((check) =>
          call<{ readonly tag: string; readonly isVerified: boolean }>(signal, async (options) => {
            const crc = check === 'signed' ? undefined : (hash ?? crcOf(body));
            const input = { ...of(key), UploadId: id, PartNumber: number, Body: body };
            const command = new UploadPartCommand({
              ...input,
              ...(crc !== undefined && { ChecksumCRC32: crc }),
            });
            if (check === 'crc') trustConnection(command);
            const { ETag, ChecksumCRC32 } = await ask(client.send(command, options));
            if (ETag === undefined) return unreadable('the part has no entity tag');
            return { kind: 'done', value: { tag: tagWith(ETag, crc), isVerified: ChecksumCRC32 === crc } };
          }),
        )
        .then((answer) =>
          answer.kind === 'done' ? { kind: 'done', value: { number, tag: answer.value.tag } } : answer,
        ),

    completeUpload: ({ upload, parts, condition }, signal) =>
      call<string>(signal, async (options) => {
        const Parts = parts.map(({ number, tag }) => ({ PartNumber: number, ...fromTag(tag) }));
        const input = { ...of(upload.key), UploadId: upload.id, MultipartUpload: { Parts } };
        const { ETag } = await ask(
          client.send(new CompleteMultipartUploadCommand({ ...input, ...conditionOf(condition) }), options),
        );
        return tagged(ETag);
      }),

    abortUpload: ({ key, id }, signal) =>
      call<undefined>(signal, async (options) => {
        await ask(client.send(new AbortMultipartUploadCommand({ ...of(key), UploadId: id }), options));
        return { kind: 'done', value: undefined };
      }).then(goneIsDone),

    listUploads: (prefix, signal) =>
      call<readonly ListedUpload[]>(signal, async (options) => {
        const found: ListedUpload[] = [];
        let marker: {
          readonly KeyMarker?: string | undefined;
          readonly UploadIdMarker?: string | undefined;
        } = {};
        for (;;) {
          const input = { Bucket: bucket, Prefix: prefix, ...marker };
          const output = await ask(client.send(new ListMultipartUploadsCommand(input), options));
          if (output.Bucket === undefined && output.IsTruncated === undefined)
            return unreadable('it is no list of uploads');
          for (const { Key, UploadId, Initiated } of output.Uploads ?? []) {
            if (Key === undefined || UploadId === undefined || !Key.startsWith(prefix)) continue;
            found.push({ key: Key, id: UploadId, begunAtMs: Initiated?.getTime() });
          }
          if (output.IsTruncated !== true) return { kind: 'done', value: found };
          marker = { KeyMarker: output.NextKeyMarker, UploadIdMarker: output.NextUploadIdMarker };
        }
      }),

    hasParts: ({ key, id }, signal) =>
      call<boolean>(signal, async (options) => {
        const command = new ListPartsCommand({ ...of(key), UploadId: id, MaxParts: 1 });
        const { UploadId, Parts = [] } = await ask(client.send(command, options));
        if (UploadId === undefined) return unreadable('it is no list of parts');
        return { kind: 'done', value: Parts.length > 0 };
      }),
  };
}

function conditionOf(condition: Condition | undefined): {
  readonly IfNoneMatch?: string;
  readonly IfMatch?: string;
} {
  if (condition === undefined) return {};
  return condition.kind === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.tag };
}

function factsIn({
  ContentLength: bytes,
  ETag: tag,
  Metadata: metadata,
}: {
  readonly ContentLength?: number | undefined;
  readonly ETag?: string | undefined;
  readonly Metadata?: Readonly<Record<string, string>> | undefined;
}): Answer<ObjectFacts> {
  return factsOf({ bytes, tag, metadata });
}
