// Owns what is told about one node of a running graph. Plain data.
import { timesUntil } from '../source/pump.js';
import type { GraphNode, NodeKind } from './graph.js';
import { type Meter, rowsOf } from './meter.js';
import type { NodeState } from './node.js';

/** What one node of a graph did: a source, a stage, a combine or a hold. */
export interface StageStats {
  readonly name: string;
  readonly kind: NodeKind;
  readonly state: NodeState;
  /** Items it was given by what it reads. */
  readonly itemsIn: number;
  /** Items it emitted. */
  readonly itemsOut: number;
  /** Rows emitted: items, or the rows of those that are batches. A hold counts what all its readers were given. */
  readonly rows: number;
  /** Rows that did not fit its columns, and were left out of its outputs and its hold. */
  readonly rejectedRows: number;
  /** Sources that push: items that came. Undefined for all others. */
  readonly receivedItems: number | undefined;
  /** Sources that push: items of those that the overflow policy dropped. Undefined for all others. */
  readonly droppedItems: number | undefined;
  /** Items of a source, when it knows them beforehand. */
  readonly totalItems: number | undefined;
  /** Milliseconds in the stage's own operator, estimated from one item in 61. */
  readonly computeMs: number;
  /** Milliseconds making columns of what it emits, estimated likewise. */
  readonly materialiseMs: number;
  /**
   * Sources and holds: milliseconds of work their items caused, in every stage below, measured. Their
   * sum is the compute time.
   */
  readonly busyMs: number;
  /** Sources: milliseconds from asking for a chunk until it was there: decoding, and waiting for its bytes. */
  readonly readMs: number;
  /** Sources and holds: milliseconds waited for credit. */
  readonly blockedMs: number;
  /** Sources: of `blockedMs`, those waited for a stage that takes items at its own pace, such as `mapAsync`, not for memory. */
  readonly heldUpMs: number;
}

/**
 * Nothing for a hold that only outputs need: it is never made.
 * @param now of the clock of its meter: what is waited for is counted until then
 */
export function statsOf(
  declared: GraphNode,
  running: { readonly state: NodeState; readonly meter: Meter } | undefined,
  now: number,
): StageStats[] {
  if (running === undefined) return [];
  const { state, meter } = running;
  const { busyMs, readMs, blockedMs, heldUpMs } = timesUntil(meter, now);
  const pushed = meter.pushed?.();
  return [
    {
      name: declared.name,
      kind: declared.kind,
      state,
      itemsIn: meter.itemsIn,
      itemsOut: meter.itemsOut,
      rows: rowsOf(meter),
      rejectedRows: meter.rejectedRows,
      receivedItems: pushed?.receivedItems,
      droppedItems: pushed?.droppedItems,
      totalItems: declared.kind === 'source' ? declared.source.totalItems : undefined,
      computeMs: meter.computeMs,
      materialiseMs: meter.materialiseMs,
      busyMs,
      readMs,
      blockedMs,
      heldUpMs,
    },
  ];
}
