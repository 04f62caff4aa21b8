// Owns an attempt with partitions: splits batches, lets rows of a partition gather, and bounds what is held and open.
import { batchData, createBatch } from '../../batch/batch.js';
import { createGatherer, type Gatherer } from '../../batch/gather.js';
import type { Schema } from '../../batch/schema.js';
import { createSplitter } from '../../partition/splitter.js';
import type { Prepared, SinkWriter } from '../sink.js';
import type { AttemptFiles } from './attempt-files.js';
import { throwIfCancelled } from './cancelled.js';
import { eachOf } from './each-of.js';
import { preparedOf } from './prepared.js';
import { createRollingParts, type PartLimits, type RollingParts } from './rolling-parts.js';

export interface PartitionedWriterOptions extends PartLimits {
  readonly output: string;
  readonly files: AttemptFiles;
  readonly signal: AbortSignal;
  /** Of the batches: with the partition columns. */
  readonly schema: Schema;
  readonly partitionBy: readonly string[];
  /** Name of part number `index` of one partition. */
  readonly nameOf: (index: number) => string;
  /** Encoded bytes below which a part is a crumb: others are ended first when too many are open. */
  readonly minPartBytes: number;
  readonly maxOpenPartitions: number;
  readonly maxPartitions: number;
  readonly bufferBytes: number;
}

/** Rows of one partition that make a batch worth encoding. */
const flushRows = 16_384;
/** Files finished at a time: enough to overlap their fsyncs. */
const closingLanes = 4;

interface Bucket {
  readonly parts: RollingParts;
  /** Rows that wait; without the partition columns. */
  readonly waiting: Gatherer;
}

export function createPartitionedWriter(options: PartitionedWriterOptions): SinkWriter<undefined> {
  const { output, files, signal, schema, partitionBy, bufferBytes } = options;
  const splitter = createSplitter(options);
  const kept = schema.fields.flatMap((field, at) => (partitionBy.includes(field.name) ? [] : [at]));
  const buckets = new Map<number, Bucket>();
  /** Buckets with an open part, the least recently used first. */
  const open = new Set<Bucket>();
  let waitingBytes = 0;
  let rows = 0;

  const bucketOf = (id: number): Bucket => {
    const known = buckets.get(id);
    if (known !== undefined) return known;
    const { directory, values } = splitter.partition(id);
    const { maxPartRows, maxPartBytes, maxPartAgeMs, clock, nameOf } = options;
    const openPart = (index: number) => files.open(`${directory}/${nameOf(index)}`, values);
    const bucket = {
      parts: createRollingParts({ maxPartRows, maxPartBytes, maxPartAgeMs, clock, openPart }),
      waiting: createGatherer(schema, kept),
    };
    buckets.set(id, bucket);
    return bucket;
  };

  const append = (bucket: Bucket, take: () => void): void => {
    const before = bucket.waiting.bytes;
    take();
    waitingBytes += bucket.waiting.bytes - before;
  };

  /** Hands the waiting rows to the partition's encoder, making room for it when too many are open. */
  const flush = async (bucket: Bucket): Promise<void> => {
    if (bucket.waiting.rows === 0) return;
    if (!bucket.parts.isOpen) await makeRoom();
    open.delete(bucket);
    open.add(bucket);
    const before = bucket.waiting.bytes;
    const data = bucket.waiting.take();
    waitingBytes += bucket.waiting.bytes - before;
    await bucket.parts.write(createBatch(data, () => undefined));
    if (!bucket.parts.isOpen) open.delete(bucket);
  };

  const makeRoom = async (): Promise<void> => {
    while (open.size >= options.maxOpenPartitions) {
      const [oldest] = open;
      if (oldest === undefined) return;
      // A crumb that stays open may still grow; one that is ended stays a crumb.
      const ending = [...open].find(({ parts }) => parts.openBytes >= options.minPartBytes) ?? oldest;
      open.delete(ending);
      await ending.parts.close();
    }
  };

  /**
   * What goes to parts that are open costs no new ones. Then largest first, so that few and large batches go out; more than is
   * needed, so that it is seldom.
   */
  const relieve = async (): Promise<void> => {
    const bySize = [...buckets.values()].sort(
      (a, b) => Number(open.has(b)) - Number(open.has(a)) || b.waiting.bytes - a.waiting.bytes,
    );
    for (const bucket of bySize) {
      if (waitingBytes <= bufferBytes * 0.75) return;
      throwIfCancelled(signal, output);
      await flush(bucket);
    }
  };

  return {
    async write(batch) {
      throwIfCancelled(signal, output);
      rows += batch.rows;
      const data = batchData(batch);
      const split = splitter.split(data);
      for (const [at, id] of split.partitions.entries()) {
        const bucket = bucketOf(id);
        append(bucket, () => bucket.waiting.append(data, split.rowsOf(at)));
        if (bucket.waiting.rows >= flushRows) await flush(bucket);
        if (waitingBytes > bufferBytes) await relieve();
      }
    },
    async prepare(): Promise<Prepared<undefined>> {
      const finish = async (bucket: Bucket): Promise<void> => {
        throwIfCancelled(signal, output);
        if (bucket.waiting.rows > 0) {
          await bucket.parts.write(createBatch(bucket.waiting.take(), () => undefined));
        }
        await bucket.parts.close();
      };
      // Open ones first: then those that still need an encoder find room, as many at a time as there are lanes.
      await eachOf([...open], closingLanes, finish);
      open.clear();
      const lanes = Math.min(closingLanes, options.maxOpenPartitions);
      await eachOf(buckets.values(), lanes, finish);
      return preparedOf(output, rows, await files.finished());
    },
    abort: () => files.abort(),
  };
}
