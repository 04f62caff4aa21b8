// Bytes to S3 by our store, by @aws-sdk/lib-storage, and by one PUT as `aws s3 cp` of a small file makes it, in turn and in one run.
// TAILRACE_UPLOAD_MIB says how much (64). It prints, and promises nothing: machines differ.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { s3 } from '@tailrace/adapters/s3';
import { loadModule, type StoreDefinition } from '@tailrace/core/sink';
import { expect, it } from 'vitest';
import { testEndpoint } from './s3-place.js';
import { testBucket } from './versitygw.js';

const mebibytes = Number(process.env.TAILRACE_UPLOAD_MIB ?? 64);
const partSize = 8 * 2 ** 20;
const chunk = Buffer.alloc(2 ** 20, 'tailrace ');

function* chunks(): Generator<Buffer> {
  for (let at = 0; at < mebibytes; at += 1) {
    // Of the same content, each a buffer of its own, as an encoder gives them.
    yield Buffer.from(chunk);
  }
}

/** Milliseconds from the first byte to the whole object, as for the others. */
async function byStore(round: number): Promise<number> {
  const ref = s3({ endpoint: testEndpoint(), forcePathStyle: true });
  const store = await loadModule<StoreDefinition>(ref, 'store');
  const target = {
    path: `s3://${testBucket}/throughput/ours-${round}`,
    kind: 'directory',
    mode: 'overwrite',
    runId: `run-${round}`,
    output: 'throughput',
  } as const;
  const context = { options: ref.options, target, signal: new AbortController().signal };
  const begun = await store.begin(context);
  if (begun === 'skip') throw new Error('begin() said skip');
  const staged = { ...context, staging: begun.staging };
  const startedAt = performance.now();
  const file = await store.createFile({ ...staged, path: 'a.bin' });
  for (const one of chunks()) await file.write(one);
  const { bytes } = await file.close();
  const took = performance.now() - startedAt;
  expect(bytes).toBe(mebibytes * 2 ** 20);
  await store.abort(staged);
  return took;
}

it(`uploads ${mebibytes} MiB as others do`, async () => {
  const client = new S3Client({ endpoint: testEndpoint(), region: 'us-east-1', forcePathStyle: true });
  const contenders = {
    ours: byStore,
    // It has no checksum of the whole: so that all do the same work, one is made beside it.
    async 'lib-storage'(round: number) {
      const hash = createHash('sha256');
      const Body = Readable.from(
        (function* () {
          for (const one of chunks()) {
            hash.update(one);
            yield one;
          }
        })(),
      );
      const params = { Bucket: testBucket, Key: `throughput/lib-${round}`, Body };
      await new Upload({ client, params, partSize, queueSize: 4 }).done();
      hash.digest();
    },
    async 'one PUT'(round: number) {
      const Body = Buffer.concat([...chunks()]);
      createHash('sha256').update(Body).digest();
      await client.send(new PutObjectCommand({ Bucket: testBucket, Key: `throughput/put-${round}`, Body }));
    },
  };
  const ms: Record<string, number[]> = {};
  for (let round = 0; round < 4; round += 1) {
    for (const [name, upload] of Object.entries(contenders)) {
      const startedAt = performance.now();
      const told = await upload(round);
      const took = typeof told === 'number' ? told : performance.now() - startedAt;
      // The first is for warming up.
      if (round > 0) ms[name] = [...(ms[name] ?? []), took];
    }
  }
  const rates = Object.entries(ms).map(([name, times]) => {
    const best = Math.min(...times);
    return `${name} ${Math.round((mebibytes / best) * 1_000)} MiB/s (best of ${times.length})`;
  });
  console.log(rates.join(', '));
}, 600_000);
