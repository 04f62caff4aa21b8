// Owns what is counted about one node. Time is sampled: one item in 61 is timed, so that counting costs next to nothing.
import type { PumpTimes } from '../source/pump.js';
import type { PushStats } from '../source/source.js';
import type { Clock } from '../time/clock.js';

/** A prime, so that it never falls in step with chunks and batches, whose sizes are powers of two. */
export const sampleEvery = 61;

export interface Meter extends PumpTimes {
  itemsIn: number;
  itemsOut: number;
  /** Of `itemsOut`, those that were batches, and the rows in them. */
  batchItems: number;
  batchRows: number;
  /** Milliseconds in the operator itself: without its consumers and without making columns. Estimated from samples. */
  computeMs: number;
  /** Milliseconds making columns of what it emits. Estimated from samples. */
  materialiseMs: number;
  /** Sources and holds: milliseconds in which their items were being worked on, here and in every stage below. */
  busyMs: number;
  /** Sources: milliseconds from asking for a chunk until it was there. */
  readMs: number;
  /** Sources and holds: milliseconds they waited for credit; of sources those apart that a stage below made them wait. */
  blockedMs: number;
  heldUpMs: number;
  /** Rows that did not fit the columns and were left out, those of the run included whose rows are read back. */
  rejectedRows: number;
  /** Sources that push: what has come since this run opened them. */
  pushed?: () => Pick<PushStats, 'receivedItems' | 'droppedItems'>;
  /** An item is being timed. */
  sampling: boolean;
  /** Of the item being timed, the milliseconds spent outside the operator. */
  outsideMs: number;
}

export function createMeter(): Meter {
  return {
    itemsIn: 0,
    itemsOut: 0,
    batchItems: 0,
    batchRows: 0,
    computeMs: 0,
    materialiseMs: 0,
    busyMs: 0,
    readMs: 0,
    blockedMs: 0,
    heldUpMs: 0,
    wait: undefined,
    rejectedRows: 0,
    sampling: false,
    outsideMs: 0,
  };
}

/** Times `work` of a node's operator and counts it `weight` times. Within another sample of the same node it only works. */
export function sample(meter: Meter, clock: Clock, weight: number, work: () => void): void {
  if (meter.sampling) {
    work();
    return;
  }
  meter.sampling = true;
  meter.outsideMs = 0;
  const from = clock.now();
  try {
    work();
  } finally {
    meter.computeMs += Math.max(0, clock.now() - from - meter.outsideMs) * weight;
    meter.sampling = false;
  }
}

/** Rows emitted: every item counts as one, a batch as many as it has. */
export function rowsOf(meter: Meter): number {
  return meter.itemsOut - meter.batchItems + meter.batchRows;
}
