// Owns a run of parts in one directory: opens them as rows come, and ends one where a limit says so.
import { type Batch, batchData, createBatch } from '../../batch/batch.js';
import { createGatherer } from '../../batch/gather.js';
import type { Clock } from '../../time/clock.js';
import type { AttemptPart } from './attempt-files.js';

export interface RollingParts {
  /** A part is open and holds an encoder. */
  readonly isOpen: boolean;
  /** Encoded bytes of the open part; 0 when there is none. */
  readonly openBytes: number;
  /** Writes to the open part, or to a new one; splits a batch only at `maxPartRows`. */
  write(batch: Batch<unknown>): Promise<void>;
  /** Opens a part even though no row has come. */
  open(): Promise<void>;
  /** Finishes the open part, if there is one; its end may go on. Rows that come later go to a new part. */
  close(): Promise<void>;
}

/** Where a part ends. */
export interface PartLimits {
  readonly maxPartRows: number | undefined;
  readonly maxPartBytes: number | undefined;
  /** Milliseconds since its first rows came. Looked at when more come: rows that do not come need no part. */
  readonly maxPartAgeMs: number | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

export interface RollingOptions extends PartLimits {
  /** Opens part number `index`, counted from 0. */
  readonly openPart: (index: number) => Promise<AttemptPart>;
}

export function createRollingParts(options: RollingOptions): RollingParts {
  const { maxPartRows, maxPartBytes, maxPartAgeMs, clock, openPart } = options;
  let part: AttemptPart | undefined;
  let openedAt = 0;
  let index = 0;

  const current = async (): Promise<AttemptPart> => {
    if (part === undefined) {
      part = await openPart(index);
      openedAt = clock.now();
      index += 1;
    }
    return part;
  };
  const close = async (): Promise<void> => {
    const ending = part;
    part = undefined;
    await ending?.finish();
  };
  const isFull = ({ rows, encodedBytes }: AttemptPart): boolean =>
    (maxPartRows !== undefined && rows >= maxPartRows) ||
    (maxPartBytes !== undefined && encodedBytes >= maxPartBytes);
  const isOld = (): boolean => maxPartAgeMs !== undefined && clock.now() - openedAt >= maxPartAgeMs;

  return {
    get isOpen() {
      return part !== undefined;
    },
    get openBytes() {
      return part?.encodedBytes ?? 0;
    },
    async write(batch) {
      if (part !== undefined && batch.rows > 0 && isOld()) await close();
      for (let from = 0; from < batch.rows; ) {
        const open = await current();
        const room = maxPartRows === undefined ? batch.rows : maxPartRows - open.rows;
        const to = Math.min(batch.rows, from + room);
        await open.write(to - from === batch.rows ? batch : rowsOf(batch, from, to));
        from = to;
        if (isFull(open)) await close();
      }
    },
    async open() {
      await current();
    },
    close,
  };
}

/** A copy of the rows from `from` to before `to`. */
function rowsOf(batch: Batch<unknown>, from: number, to: number): Batch<unknown> {
  const data = batchData(batch);
  const gatherer = createGatherer(
    data.schema,
    data.schema.fields.map((_, at) => at),
  );
  gatherer.append(
    data,
    Int32Array.from({ length: to - from }, (_, at) => from + at),
  );
  return createBatch(gatherer.take(), () => undefined);
}
