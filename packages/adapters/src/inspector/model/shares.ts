// Owns what the last seconds of a run were spent on, read of the times in its looks. Pure.
import type { ProgressMessage, StageNow } from '../stream/message.js';

/** Shares of the last milliseconds, each 0 to 1. */
export interface Shares {
  /** Milliseconds that it looks back over. */
  readonly ms: number;
  /** The main thread was at nothing else, and a source was waited for, or decoded. */
  readonly reading: number;
  /** Stages were at work on the main thread. */
  readonly computing: number;
  /** Sources waited for a stage that takes rows at its own pace. */
  readonly heldUp: number;
  /** Sources waited for memory that writers hold. */
  readonly blocked: number;
  /** Writers that had a write were at work. */
  readonly writing: number;
}

/** Milliseconds that it looks back over. */
const windowMs = 3_000;

/** Undefined before stages have run for a while, and where a recording has no times. */
export function sharesOf(looks: readonly ProgressMessage[]): Shares | undefined {
  const last = looks.at(-1);
  if (last === undefined) return undefined;
  let first: ProgressMessage | undefined;
  // From the end: of a long run no more is read than the window.
  for (let index = looks.length - 1; index >= 0; index -= 1) {
    const look = looks[index];
    if (look === undefined || look.state !== last.state) break;
    first = look;
    if (look.at <= last.at - windowMs) break;
  }
  if (first === undefined || first.at >= last.at || last.workers === undefined) return undefined;
  const ms = last.at - first.at;
  const before = new Map(first.stages.map((stage) => [stage.name, stage]));
  const gains = (of: (stage: StageNow) => number): number[] =>
    last.stages.map((stage) => {
      const then = before.get(stage.name);
      return Math.max(0, of(stage) - (then === undefined ? 0 : of(then)));
    });
  const share = (time: number, most = 1): number => Math.min(most, time / ms);
  const computing = share(sum(gains(({ busyMs = 0 }) => busyMs)));
  const heldUp = share(largest(gains(({ heldUpMs = 0 }) => heldUpMs)));
  const blocked = share(largest(gains(({ blockedMs = 0, heldUpMs = 0 }) => blockedMs - heldUpMs)));
  // While one source is waited for, stages may work on the rows of another.
  const reading = share(largest(gains(({ readMs = 0 }) => readMs)), 1 - computing);
  return { ms, reading, computing, heldUp, blocked, writing: writingOf(first, last, ms) };
}

function writingOf(first: ProgressMessage, last: ProgressMessage, ms: number): number {
  const before = new Map(first.outputs.map((output) => [output.name, output]));
  const gained = last.outputs.map(({ name, busyMs = 0 }) => busyMs - (before.get(name)?.busyMs ?? 0));
  const active = (look: ProgressMessage): number => sum(look.outputs.map((output) => output.active));
  // A worker for which there is no write is no writer.
  const writers = Math.max(1, Math.min(last.workers ?? 1, Math.max(active(first), active(last))));
  return Math.min(1, Math.max(0, sum(gained)) / (ms * writers));
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const largest = (values: readonly number[]): number =>
  values.reduce((most, value) => Math.max(most, value), 0);
