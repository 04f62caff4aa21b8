// Owns the line that tells how a run stands where nothing can be redrawn: log files and CI. It never writes.
import type { OutputProgress, RunProgress } from '@tailrace/core';
import type { Speed } from './speed.js';
import { formatBytes, formatCount, formatDuration } from './units.js';
import { countStates, urgentOutputs } from './urgency.js';

/** Outputs that a line lists. */
export const mostListed = 8;

/**
 * A line without escape sequences: `12.3 s  running  1,250,000 rows ...  routes active 8.1 MB, daily done 0.4 MB`. Many outputs
 * are counted by state, and of those that changed it some are listed.
 * @param changed outputs whose state is another than in the line before
 */
export function plainView(progress: RunProgress, speed: Speed, changed: readonly OutputProgress[]): string {
  const { state, elapsedMs, rows, bytesHeld, bytesLimit, outputs } = progress;
  const { rowsPerSecond, bytesPerSecond, leftMs } = speed;
  const parts = [
    formatDuration(elapsedMs),
    state,
    `${formatCount(rows)} rows`,
    `${formatCount(rowsPerSecond)} rows/s`,
    `${formatBytes(bytesPerSecond)}/s`,
    ...(leftMs === undefined ? [] : [`${formatDuration(leftMs)} left`]),
    `${formatBytes(bytesHeld)} held of ${formatBytes(bytesLimit)}`,
  ];
  if (outputs.length > mostListed)
    parts.push(`${formatCount(outputs.length)} outputs: ${countStates(outputs)}`, ...newsOf(changed));
  else if (outputs.length > 0) parts.push(outputs.map(tell).join(', '));
  return parts.join('  ');
}

const tell = ({ name, state, bytesWritten }: OutputProgress): string =>
  `${name} ${state} ${formatBytes(bytesWritten)}`;

function newsOf(changed: readonly OutputProgress[]): string[] {
  if (changed.length === 0) return [];
  const urgent = urgentOutputs(changed);
  const more = urgent.slice(mostListed);
  const listed = urgent.slice(0, mostListed).map(tell).join(', ');
  return [
    more.length === 0 ? listed : `${listed} and ${formatCount(more.length)} more (${countStates(more)})`,
  ];
}
