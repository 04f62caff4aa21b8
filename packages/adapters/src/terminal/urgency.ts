// Owns which outputs and sources come first where not all have room, and how the others are counted. Pure.
import type { OutputProgress, SourceProgress } from '@tailrace/core';
import { formatCount } from './units.js';

/** What has gone wrong or waits, then what is written, then what will be; what is done has nothing left to tell. */
function outputRank({ state, writes }: OutputProgress): number {
  if (state === 'failed') return 0;
  if (writes.failed + writes.retrying + writes.paused > 0 && state !== 'done') return 1;
  return { cancelled: 2, active: 3, queued: 4, done: 5 }[state];
}

function sourceRank({ rows, totalRows, rejectedRows = 0, droppedItems = 0 }: SourceProgress): number {
  if (rejectedRows + droppedItems > 0) return 0;
  return rows === totalRows ? 2 : 1;
}

/** Stable: those of one kind stay as they were declared, so that lines do not jump. */
const byRank = <T>(all: readonly T[], rankOf: (one: T) => number): readonly T[] =>
  all.toSorted((a, b) => rankOf(a) - rankOf(b));

export const urgentOutputs = (outputs: readonly OutputProgress[]): readonly OutputProgress[] =>
  byRank(outputs, outputRank);

export const urgentSources = (sources: readonly SourceProgress[]): readonly SourceProgress[] =>
  byRank(sources, sourceRank);

/** `3 failed, 12 active, 1,985 done`. */
export function countStates(outputs: readonly OutputProgress[]): string {
  const counts = new Map<string, number>();
  for (const { state } of urgentOutputs(outputs)) counts.set(state, (counts.get(state) ?? 0) + 1);
  return [...counts].map(([state, count]) => `${formatCount(count)} ${state}`).join(', ');
}
