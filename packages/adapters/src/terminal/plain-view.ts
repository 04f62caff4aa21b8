// Owns the line that tells how a run stands where nothing can be redrawn: log files and CI. It never writes.
import type { RunProgress } from '@tailrace/core';
import type { Speed } from './speed.js';
import { formatBytes, formatCount, formatDuration } from './units.js';

/** A line without escape sequences: `12.3 s  running  1,250,000 rows ...  routes active 8.1 MB, daily done 0.4 MB`. */
export function plainView(progress: RunProgress, speed: Speed): string {
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
  const each = outputs.map((output) => `${output.name} ${output.state} ${formatBytes(output.bytesWritten)}`);
  if (each.length > 0) parts.push(each.join(', '));
  return parts.join('  ');
}

/** What a line is worth printing for at once: the states of the run and its outputs. */
export function statesOf(progress: RunProgress): string {
  return [progress.state, ...progress.outputs.map(({ name, state }) => `${name}=${state}`)].join(' ');
}
