// Owns the one sentence that says what holds a run up now, or how it has ended. Pure.
import { brokenDown, type ProgressMessage } from '../stream/message.js';
import type { Model } from './model.js';
import { type Shares, sharesOf } from './shares.js';

export interface Verdict {
  /** `bad`: something is wrong; `slow`: something waits; `good`. */
  readonly tone: 'good' | 'slow' | 'bad';
  readonly text: string;
}

/** Milliseconds for which a crash is told of. */
const crashMs = 3_000;

/** Undefined where no run is watched. */
export function verdictOf(model: Model): Verdict | undefined {
  const { graph, report, progress } = model;
  if (report !== undefined) return ended(model);
  const now = progress.at(-1);
  if (graph === undefined || now === undefined) return undefined;
  if (now.state === brokenDown) {
    return {
      tone: 'bad',
      text: 'The run has broken down, and there is no report of it. Its program was told why.',
    };
  }
  if (model.isLost) {
    return {
      tone: 'bad',
      text:
        'Nothing is heard of the run any more: its program has ended or has closed its inspector, or its recording was saved ' +
        'before it ended. This is how it was last.',
    };
  }
  const crash = model.problems.findLast(({ state }) => state === 'crashed');
  if (crash !== undefined && model.to - crash.at < crashMs) {
    return {
      tone: 'bad',
      text: `Worker ${crash.name} has crashed; another thread takes its place. ${firstLine(crash.text)}`,
    };
  }
  const paused = now.outputs.reduce((sum, output) => sum + (output.paused ?? 0), 0);
  if (paused > 0) {
    const said = firstLine(model.problems.findLast(({ state }) => state === 'paused')?.text ?? '');
    return {
      tone: 'bad',
      text: `${counted(paused, 'write waits', 'writes wait')} for room on a full disk. ${said}`,
    };
  }
  const retrying = now.outputs.reduce((sum, output) => sum + output.retrying, 0);
  if (retrying > 0) {
    const said = firstLine(model.problems.at(-1)?.text ?? '');
    return {
      tone: 'bad',
      text: `${counted(retrying, 'write waits', 'writes wait')} to be tried again. ${said}`,
    };
  }
  if (now.state === 'flushing') {
    return { tone: 'slow', text: 'All rows are computed. Only writing and committing is left.' };
  }
  if (now.state === 'idle') {
    return { tone: 'good', text: 'The run starts: workers start, and targets are opened.' };
  }
  return underWay(now, sharesOf(progress));
}

/** Milliseconds that are too few to say anything of. */
const leastMs = 1_000;
/** Milliseconds for which the first batch may be on its way before it is told what holds it up. */
const firstRowsMs = 2_000;

function underWay(now: ProgressMessage, shares: Shares | undefined): Verdict {
  const isEmpty = now.outputs.every(({ rows }) => rows === 0);
  if (shares === undefined || shares.ms < (isEmpty ? firstRowsMs : leastMs)) {
    return {
      tone: 'good',
      text: isEmpty
        ? 'The first rows are being read and computed; nothing is to be written yet.'
        : 'Rows are being read, computed and written.',
    };
  }
  const { reading, computing, heldUp, blocked, writing } = shares;
  const last = `of the last ${Number((shares.ms / 1_000).toFixed(1))} s`;
  const [read, computed, written] = [
    `reading ${percent(reading)}`,
    `computing ${percent(computing)}`,
    `writing ${percent(writing)}`,
  ];
  const slow = (text: string): Verdict => ({ tone: 'slow', text });
  if (now.workers === 0) {
    const inTurn = percent(Math.min(writing, Math.max(0, 1 - reading - computing)));
    return slow(
      `Everything runs on the main thread, one after the other: ${last} ${read}, ${computed}, writing ${inTurn}. ` +
        'With workers, writing goes on beside the rest.',
    );
  }
  if (blocked > 0.2) {
    return slow(
      `Writing is the bottleneck: for ${percent(blocked)} ${last} stages waited for memory that writers hold ` +
        `(${read}, ${computed}, ${written}).`,
    );
  }
  const most = Math.max(reading, computing, heldUp);
  if (most > 0.5 && writing < 0.8) {
    if (most === reading) {
      return slow(
        `Reading is the bottleneck: for ${percent(reading)} ${last} all waited for sources (${computed}, ${written}).`,
      );
    }
    if (most === computing) {
      return slow(
        `Computing is the bottleneck: for ${percent(computing)} ${last} stages were at work (${read}, ${written}).`,
      );
    }
    return slow(
      `A stage is the bottleneck: for ${percent(heldUp)} ${last} sources waited for one that takes rows at its own pace ` +
        `(${read}, ${computed}, ${written}).`,
    );
  }
  return { tone: 'good', text: `Balanced: ${last} ${read}, ${computed}, ${written}.` };
}

function ended({ report }: Model): Verdict | undefined {
  if (report === undefined) return undefined;
  const notDone = report.outputs.filter(({ state }) => state !== 'done').map(({ name }) => name);
  if (report.state === 'completed') {
    // The advice tells of these only where they took the time.
    const again = report.outputs.reduce(
      (sum, { attempts, writes }) => sum + Math.max(0, attempts - writes),
      0,
    );
    if (again === 0) return { tone: 'good', text: report.advice };
    const failed = counted(again, 'attempt has failed and was', 'attempts have failed and were');
    return { tone: 'slow', text: `${failed} made again, see below. ${report.advice}` };
  }
  return {
    tone: 'bad',
    text:
      notDone.length === 0
        ? `The run has ${endings[report.state] ?? 'ended'}.`
        : `The run has ${endings[report.state] ?? 'ended'}. Not written: ${notDone.join(', ')}.`,
  };
}

const endings: Readonly<Record<string, string | undefined>> = {
  failed: 'failed',
  cancelled: 'been cancelled',
};

/** `w1` is a place for a thread, `q1` one for a suspect write. */
export const isWorkerLane = (lane: string): boolean => /^[wq]\d+$/.test(lane);

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const counted = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${count} ${many}`;
