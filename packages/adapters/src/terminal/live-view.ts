// Owns the picture of a run on a terminal: a snapshot in, lines out. It never writes, and reads no clock.
import type { OutputProgress, RunProgress, SourceProgress } from '@tailrace/core';
import type { Paint } from './paint.js';
import type { Speed } from './speed.js';
import { formatBytes, formatCount, formatDuration, formatShare } from './units.js';
import { countStates, urgentOutputs, urgentSources } from './urgency.js';
import { padToWidth, widest } from './width.js';

/** With it the lines of a run of some million rows fit into 80 cells. */
const barWidth = 12;
const stateWidth = 9;

/**
 * Two lines for the run, one per source, one per output; none is cut to a width.
 * @param height lines that have room: where that is too few, those of most interest are shown, and the others counted
 */
export function liveView(progress: RunProgress, speed: Speed, colours: Paint, height: number): string[] {
  const { sources, outputs } = progress;
  const head = [headline(progress, speed, colours), heldLine(progress)].slice(0, height);
  const nameWidth = widest([...sources, ...outputs].map(({ name }) => name));
  const room = height - head.length;
  const sourceRoom = Math.min(sources.length, Math.max(room - outputs.length, Math.floor(room / 2)));
  return [
    ...head,
    ...listOf(
      urgentSources(sources),
      sources,
      sourceRoom,
      (source) => sourceLine(source, nameWidth, colours),
      (more) => `sources (${formatCount(more.reduce((sum, { rows }) => sum + rows, 0))} rows read)`,
    ),
    ...listOf(
      urgentOutputs(outputs),
      outputs,
      room - sourceRoom,
      (output) => outputLine(output, nameWidth, colours),
      (more) => `outputs (${countStates(more)})`,
    ),
  ];
}

/** A line each, in the order of their declaration, or the urgent ones and a line for all others. */
function listOf<T>(
  urgent: readonly T[],
  all: readonly T[],
  room: number,
  line: (one: T) => string,
  others: (more: readonly T[]) => string,
): string[] {
  if (all.length <= room) return all.map(line);
  if (room < 1) return [];
  const more = urgent.slice(room - 1);
  const count = `${formatCount(more.length)} ${room > 1 ? 'more ' : ''}${others(more)}`;
  return [...urgent.slice(0, room - 1).map(line), `  ${room > 1 ? 'and ' : ''}${count}`];
}

function headline(progress: RunProgress, speed: Speed, colours: Paint): string {
  const { state, elapsedMs, rows } = progress;
  const { rowsPerSecond, bytesPerSecond, leftMs } = speed;
  return [
    `${colours.state(state, state.padEnd(stateWidth))} ${formatDuration(elapsedMs)}`,
    `${colours.strong(formatCount(rows))} rows`,
    `${formatCount(rowsPerSecond)} rows/s`,
    `${formatBytes(bytesPerSecond)}/s`,
    ...(leftMs === undefined ? [] : [`${formatDuration(leftMs)} left`]),
  ].join('  ');
}

/** On a line of its own: terminals of 80 cells have no room for both. */
function heldLine({ bytesHeld, bytesLimit, outputs }: RunProgress): string {
  const written = outputs.reduce((sum, output) => sum + output.bytesWritten, 0);
  return [
    `${' '.repeat(stateWidth)} ${bar(share(bytesHeld, bytesLimit), 10)}`,
    `${formatBytes(bytesHeld)} held of ${formatBytes(bytesLimit)}`,
    `${formatBytes(written)} written`,
  ].join('  ');
}

function sourceLine(source: SourceProgress, nameWidth: number, colours: Paint): string {
  const { name, rows, totalRows, rejectedRows = 0, droppedItems = 0 } = source;
  const parts = [`  ${padToWidth(name, nameWidth)}  ${colours.faint('source'.padEnd(stateWidth))}`];
  if (totalRows === undefined) parts.push(`${formatCount(rows)} rows read`);
  else {
    const part = share(rows, totalRows);
    parts.push(
      `${bar(part, barWidth)} ${formatShare(part).padStart(5)}`,
      `${formatCount(rows)} of ${formatCount(totalRows)} rows`,
    );
  }
  if (droppedItems > 0) parts.push(colours.state('aborting', `${formatCount(droppedItems)} dropped`));
  if (rejectedRows > 0) parts.push(colours.state('aborting', `${formatCount(rejectedRows)} rejected`));
  return parts.join('  ');
}

function outputLine(
  { name, state, rows, rejected, bytesWritten, files, writes }: OutputProgress,
  nameWidth: number,
  colours: Paint,
): string {
  const settled = writes.prepared + writes.failed;
  const known = settled + writes.active + writes.queued + writes.retrying + writes.paused;
  const parts = [
    `${bar(share(settled, known), barWidth)} ${`${settled}/${known}`.padStart(5)}`,
    `${formatCount(rows)} rows`,
    formatBytes(bytesWritten),
  ];
  if (files > 0) parts.push(`${formatCount(files)} ${files === 1 ? 'file' : 'files'}`);
  if (rejected > 0) parts.push(colours.state('aborting', `${formatCount(rejected)} rejected`));
  if (writes.active > 0) parts.push(`${writes.active} writing`);
  if (writes.queued > 0) parts.push(`${writes.queued} queued`);
  if (writes.paused > 0) parts.push(colours.state('aborting', `${writes.paused} waiting for room`));
  if (writes.retrying > 0) parts.push(colours.state('aborting', `${writes.retrying} retrying`));
  if (writes.failed > 0) parts.push(colours.state('failed', `${writes.failed} failed`));
  return `  ${padToWidth(name, nameWidth)}  ${colours.state(state, state.padEnd(stateWidth))}  ${parts.join('  ')}`;
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 0;
}

function bar(filled: number, width: number): string {
  const cells = Math.round(filled * width);
  return '█'.repeat(cells) + '░'.repeat(width - cells);
}
