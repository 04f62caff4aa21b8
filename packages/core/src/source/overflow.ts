// Owns the choice of what a push source does when its consumer is slower: five policies, as plain data.
import { shownOption } from '../errors/check-options.js';
import { PlanError } from '../errors/named-errors.js';
import { defaultChunkItems } from './chunked.js';
import { estimateBytes } from './size-of.js';

/** How much a push source may hold in memory. A plain number means items. Both limits hold, whichever comes first. */
export interface BufferLimit<T> {
  /** Items held. Default: no limit but the bytes. */
  readonly items?: number;
  /** Bytes held. Default 64 MiB. */
  readonly bytes?: number;
  /** Bytes of one item. Default: an estimate from its strings, numbers, buffers and fields. */
  readonly sizeOf?: (item: T) => number;
}

/** How much a push source may hold in memory and on disk, and where. */
export interface SpillOptions<T> extends BufferLimit<T> {
  /** Bytes on disk beyond which the source fails. Default 1 GiB. */
  readonly diskBytes?: number;
  /** Directory in which a scratch directory is made. Default: that of the operating system. */
  readonly directory?: string;
}

/** Which of the five policies it is. */
export type OverflowKind = 'buffer' | 'dropOldest' | 'dropNewest' | 'fail' | 'spill';

/**
 * What to do with items that come faster than they are taken. Made by `buffer`, `dropOldest`, `dropNewest`, `fail` and
 * `spill`.
 */
export interface OverflowPolicy<in T> {
  readonly kind: OverflowKind;
  /** Items that may be held in memory. */
  readonly maxItems: number;
  /** Bytes that may be held in memory, by `sizeOf`. */
  readonly maxBytes: number;
  /** `spill` only: bytes on disk beyond which the source fails. */
  readonly diskBytes: number;
  /** `spill` only; undefined means the scratch directory of the operating system. */
  readonly directory: string | undefined;
  /** Bytes of one item. */
  sizeOf(item: T): number;
}

const mebibyte = 1_024 * 1_024;

/** Holds items in memory up to the limit; beyond it the source fails with an OverflowError. */
export function buffer<T>(limit: number | BufferLimit<T>): OverflowPolicy<T> {
  return policy('buffer', limit);
}

/** Holds items up to the limit, then drops the oldest ones. Dropped items are counted in `stats()` and in the report. */
export function dropOldest<T>(limit: number | BufferLimit<T>): OverflowPolicy<T> {
  return policy('dropOldest', limit);
}

/** Holds items up to the limit, then drops the ones that come. Dropped items are counted in `stats()` and in the report. */
export function dropNewest<T>(limit: number | BufferLimit<T>): OverflowPolicy<T> {
  return policy('dropNewest', limit);
}

/** Holds one chunk (1,024 items), so that a burst within a turn passes; beyond it fails with an OverflowError. */
export function fail(): OverflowPolicy<unknown> {
  return policy('fail', defaultChunkItems);
}

/**
 * Holds items up to the limit (default 8,192 items), then writes them to scratch files (structured clone, so items must
 * be cloneable and lose their classes), up to `diskBytes`; beyond that the source fails with an OverflowError.
 */
export function spill<T>(options: SpillOptions<T> = {}): OverflowPolicy<T> {
  const made = policy('spill', { items: 8 * defaultChunkItems, ...options });
  const diskBytes = positive(options.diskBytes ?? 1_024 * mebibyte, 'spill', 'diskBytes');
  return { ...made, diskBytes, directory: options.directory };
}

function policy<T>(kind: OverflowKind, limit: number | BufferLimit<T>): OverflowPolicy<T> {
  const given: BufferLimit<T> = typeof limit === 'number' ? { items: limit } : limit;
  return {
    kind,
    maxItems: positive(given.items ?? Number.POSITIVE_INFINITY, kind, 'items'),
    maxBytes: positive(given.bytes ?? 64 * mebibyte, kind, 'bytes'),
    diskBytes: 0,
    directory: undefined,
    sizeOf: given.sizeOf ?? ((item) => estimateBytes(item)),
  };
}

function positive(value: number, kind: OverflowKind, option: string): number {
  if (typeof value === 'number' && value >= 1) return value;
  throw new PlanError(`Overflow policy ${kind}: ${option} must be at least 1, got ${shownOption(value)}.`, {
    operation: 'declare source',
    context: { option },
  });
}
