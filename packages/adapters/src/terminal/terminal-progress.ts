// Owns the live display of a run: when to look, where to write, when to stop. It never touches the run itself.
import { type Clock, systemClock } from '@tailrace/core';
import { createChanges } from './changes.js';
import { liveView } from './live-view.js';
import { paint } from './paint.js';
import { plainView } from './plain-view.js';
import type { ProgressSource } from './progress-source.js';
import { screen, type TerminalStream } from './screen.js';
import { createSpeedometer } from './speed.js';

/** Where, how and how often a run is shown. */
export interface TerminalProgressOptions {
  /** Default `process.stderr`, so that what a program prints stays clean. */
  readonly stream?: TerminalStream;
  /** Redraw in place (true) or print lines (false). Default: as the stream says, and lines where TERM is `dumb`. */
  readonly isTTY?: boolean;
  /** Default: on a terminal, unless NO_COLOR is set to anything (https://no-color.org). */
  readonly colours?: boolean;
  /** What frames and speeds are timed by; for tests. Default: that of the system. */
  readonly clock?: Clock;
  /** Milliseconds between two frames (default 100), or between two lines when nothing changes state (default 1000). */
  readonly intervalMs?: number;
}

/** A display that goes on. */
export interface TerminalProgress {
  /** Shows the last state and ends the display. Idempotent; called by itself when the run is over. */
  stop(): void;
}

/** How often a run is looked at for changes of state when lines are printed. */
const lookMs = 100;

/**
 * Shows a run on a terminal until it ends: rows, rows and bytes per second, what is left where sources know their size,
 * every output's state, bytes held against the budget. Where outputs are more than the terminal has lines, those that failed,
 * wait or are written are shown and the others counted. Off a terminal it prints a plain line each second and at each change
 * of state; of more than eight outputs it tells the counts and what changed, at once only of the run and of the first failure.
 * A stream that can no longer be written to (a closed pipe) ends the display, not the run.
 *
 * Displays of one stream share its terminal, each with as many lines; the last frame of one that ends stays above the others.
 * What else is written there before they have all ended is drawn over.
 * @param run what is shown; it is only read
 * @param options where it is shown, how, and how often
 * @returns a handle that ends the display early
 */
export function terminalProgress(
  run: ProgressSource,
  options: TerminalProgressOptions = {},
): TerminalProgress {
  const { stream = process.stderr, clock = systemClock } = options;
  const isTTY = options.isTTY ?? (stream.isTTY === true && process.env.TERM !== 'dumb');
  const colours = options.colours ?? (isTTY && !process.env.NO_COLOR);
  const intervalMs = options.intervalMs ?? (isTTY ? 100 : 1000);
  const show = isTTY ? framesOn(stream, colours) : linesEvery(intervalMs, clock);

  let stopped = false;
  let timer: unknown;
  const draw = (last: boolean): void => {
    const text = show.text(run, last);
    // A failure of the last write comes late: only its callback may take the listener off.
    const done = last ? () => void stream.off('error', onError) : undefined;
    if (text !== '' || last) stream.write(text, done);
  };
  const tick = (): void => {
    draw(false);
    if (!stopped) timer = clock.setTimeout(tick, isTTY ? intervalMs : Math.min(intervalMs, lookMs));
  };
  const onError = (): void => {
    stopped = true;
    show.leave?.();
    clock.clearTimeout(timer);
  };
  const stop = (): void => {
    if (stopped) return;
    stopped = true;
    clock.clearTimeout(timer);
    draw(true);
  };

  stream.on('error', onError);
  tick();
  // Why a run failed is told to who awaits `completed`; the display only has to end.
  run.completed.then(stop, stop);
  // Whoever awaits this one has asked after the display did: its last frame stands above what they write.
  run.settled?.then(stop, stop);
  return { stop };
}

interface Show {
  text(run: ProgressSource, last: boolean): string;
  /** Nothing more can be written. */
  leave?(): void;
}

function framesOn(stream: TerminalStream, colours: boolean): Show {
  const speedOf = createSpeedometer();
  const place = screen(stream);
  const style = paint(colours);
  const text = (run: ProgressSource, last: boolean): string => {
    const progress = run.progress();
    const lines = liveView(progress, speedOf(progress), style, place.height);
    return last ? place.end(lines) : place.frame(lines);
  };
  return { text, leave: () => place.leave() };
}

function linesEvery(intervalMs: number, clock: Clock): Show {
  const speedOf = createSpeedometer();
  let shownAt = Number.NEGATIVE_INFINITY;
  const changes = createChanges();
  const text = (run: ProgressSource, last: boolean): string => {
    const progress = run.progress();
    const speed = speedOf(progress);
    const now = clock.now();
    const { outputs, isUrgent } = changes.since(progress);
    const isDue = last || isUrgent || now - shownAt >= intervalMs;
    if (!isDue) return '';
    shownAt = now;
    changes.tell(progress);
    return `${plainView(progress, speed, outputs)}\n`;
  };
  return { text };
}
