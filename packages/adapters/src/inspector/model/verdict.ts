// Owns the one sentence that says what holds a run up now, or how it has ended. Pure.
import type { Model, Span } from './model.js';

export interface Verdict {
  /** `bad`: something is wrong; `slow`: something waits; `good`. */
  readonly tone: 'good' | 'slow' | 'bad';
  readonly text: string;
}

/** Milliseconds that it looks back over. */
const windowMs = 3_000;

/** Undefined where no run is watched. */
export function verdictOf(model: Model): Verdict | undefined {
  const { graph, report, progress } = model;
  if (report !== undefined) return ended(model);
  const now = progress.at(-1);
  if (graph === undefined || now === undefined) return undefined;
  const crash = model.problems.findLast(({ state }) => state === 'crashed');
  if (crash !== undefined && model.to - crash.at < windowMs) {
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
  if (now.outputs.every(({ rows }) => rows === 0)) {
    return {
      tone: 'good',
      text: 'The first rows are being read and computed; nothing is to be written yet.',
    };
  }
  const blocked = shareOf(model, (span) => span.lane === 'main' && span.doing === 'blocked', 1);
  if (blocked > 0.2) {
    return {
      tone: 'slow',
      text: `Writing is the bottleneck: for ${percent(blocked)} of the last ${lookedBack(model)} stages waited for memory that writers hold.`,
    };
  }
  const workers = workersOf(model);
  const idle = shareOf(model, (span) => workers.has(span.lane) && span.doing === 'waiting', workers.size);
  if (workers.size > 0 && idle > 0.5) {
    return {
      tone: 'slow',
      text: `Computing is the bottleneck: for ${percent(idle)} of the last ${lookedBack(model)} writers had nothing to do.`,
    };
  }
  return { tone: 'good', text: 'Computing and writing keep each other busy.' };
}

function ended({ report }: Model): Verdict | undefined {
  if (report === undefined) return undefined;
  const notDone = report.outputs.filter(({ state }) => state !== 'done').map(({ name }) => name);
  if (report.state === 'completed') {
    // The advice goes by where time was spent, and knows nothing of what had to be done again.
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

const workersOf = ({ spans, openSpans }: Model): ReadonlySet<string> =>
  new Set(
    [...openSpans.values(), ...spans.slice(-200)]
      .map(({ lane }) => lane)
      .filter((lane) => isWorkerLane(lane)),
  );

/** `w1` is a place for a thread, `q1` one for a suspect write. */
export const isWorkerLane = (lane: string): boolean => /^[wq]\d+$/.test(lane);

/** Milliseconds that there are to look back over. */
const windowOf = ({ from, to }: Pick<Model, 'from' | 'to'>): number => Math.min(windowMs, to - from);
const lookedBack = (model: Model): string => `${Number((windowOf(model) / 1_000).toFixed(1))} s`;

/** Share of the last seconds that spans of a kind took, of a number of lanes. */
function shareOf(
  { spans, openSpans, to, from }: Model,
  isWanted: (span: Span) => boolean,
  lanes: number,
): number {
  const begin = to - windowOf({ from, to });
  if (to <= begin || lanes === 0) return 0;
  let ms = 0;
  // Ended ones are in the order of their ends: older ones than the window cannot follow.
  for (let at = spans.length - 1; at >= 0; at -= 1) {
    const span = spans[at];
    if (span?.to === undefined || span.to < begin) break;
    if (isWanted(span)) ms += span.to - Math.max(begin, span.from);
  }
  for (const span of openSpans.values()) if (isWanted(span)) ms += to - Math.max(begin, span.from);
  return Math.min(1, ms / ((to - begin) * lanes));
}

const firstLine = (text: string): string => text.split('\n')[0] ?? '';
const percent = (share: number): string => `${Math.round(share * 100)} %`;
const counted = (count: number, one: string, many: string): string =>
  count === 1 ? `1 ${one}` : `${count} ${many}`;
