// Owns the question whether a run stands still, and the error of a stage for which it does. It only asks; what to do about it is
// the runtime's business.
import { TailraceError } from '../errors/tailrace-error.js';
import type { Clock } from '../time/clock.js';
import type { Edge } from './edge.js';

export interface StallWatch {
  readonly clock: Clock;
  readonly stallMs: number;
  /** Grows with whatever moves. */
  moves(): number;
  /** Called when nothing has moved for `stallMs`, again after each further `stallMs` without a move. */
  onStill(): void;
}

/** Looks once per `stallMs`, so it notices after one to two of them. Returns how to stop. */
export function watchForStall({ clock, stallMs, moves, onStill }: StallWatch): () => void {
  let before = moves();
  let stopped = false;
  let handle: unknown;
  const look = (): void => {
    const now = moves();
    const still = now === before;
    before = now;
    if (still) onStill();
    if (!stopped) handle = clock.setTimeout(look, stallMs);
  };
  handle = clock.setTimeout(look, stallMs);
  return () => {
    stopped = true;
    clock.clearTimeout(handle);
  };
}

/** The error of a stage that cannot start: some of its consumers are ready and wait for others, which wait for them. */
export function stalled(
  pipeline: string,
  stage: string,
  ready: readonly Edge[],
  late: readonly Edge[],
  stallMs: number,
): TailraceError {
  const names = (edges: readonly Edge[]): string => edges.map((edge) => `'${edge.consumer}'`).join(', ');
  return new TailraceError(
    `Stage '${stage}' of pipeline '${pipeline}' cannot start: it runs once, for all its consumers together, and while ` +
      `${names(ready)} is ready, ${names(late)} has not subscribed, and nothing has moved for ${stallMs} ms. ` +
      `They wait for each other. Let the late one read a kept copy: flow.hold(${stage}).`,
    { code: 'STALLED', operation: 'start stage', context: { pipeline, stage } },
  );
}
