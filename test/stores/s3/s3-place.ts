// Owns a target on the test server as a reader of its manifest sees it, by the SDK alone.
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import type { StorePlace } from '@tailrace/core/testing';
import { storePlace } from '../support/store-place.js';
import { testBucket } from './versitygw.js';

export function testEndpoint(): string {
  const url = process.env.TAILRACE_TEST_S3;
  if (url === undefined) throw new Error('Run these tests by npm run test:s3, which starts their server.');
  return url;
}

let clients: S3Client | undefined;
const client = (): S3Client => {
  clients ??= new S3Client({ endpoint: testEndpoint(), region: 'us-east-1', forcePathStyle: true });
  return clients;
};

const of = (key: string): { readonly Bucket: string; readonly Key: string } => ({
  Bucket: testBucket,
  Key: key,
});
const absent = (error: unknown): undefined => {
  if (error instanceof Error && ['NoSuchKey', 'NotFound'].includes(error.name)) return undefined;
  throw error;
};

async function list(prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const input = { Bucket: testBucket, Prefix: prefix, ContinuationToken: token };
    const { Contents = [], NextContinuationToken } = await client().send(new ListObjectsV2Command(input));
    keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
    token = NextContinuationToken;
  } while (token !== undefined);
  return keys;
}

let targets = 0;

/** @param at key of the target; default one of its own */
export function s3Place(kind: 'file' | 'directory', at?: string): StorePlace {
  targets += 1;
  const key = at ?? `${process.pid}/target-${targets}${kind === 'file' ? '.txt' : ''}`;
  return storePlace(`s3://${testBucket}/${key}`, key, kind, {
    list,
    read: (at) =>
      client()
        .send(new GetObjectCommand(of(at)))
        .then(({ Body }) => Body?.transformToByteArray())
        .catch(absent),
    stageOf: (at) =>
      client()
        .send(new HeadObjectCommand(of(at)))
        .then(({ Metadata }) => ({ stage: Metadata?.['tailrace-stage'] }))
        .catch(absent),
    async uploads(prefix) {
      const { Uploads = [] } = await client().send(new ListMultipartUploadsCommand({ Bucket: testBucket }));
      return Uploads.flatMap(({ Key = '', UploadId }) =>
        Key.startsWith(prefix) ? `${Key} (upload ${UploadId})` : [],
      );
    },
    async remove(keys) {
      if (keys.length === 0) return;
      const Objects = keys.map((at) => ({ Key: at }));
      await client().send(new DeleteObjectsCommand({ Bucket: testBucket, Delete: { Objects } }));
    },
  });
}
