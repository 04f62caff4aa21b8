// Owns what the Gantt chart of the page is held against: the trace, with which it agrees to the microsecond, and the report.
import type { Report } from '@tailrace/core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

export interface Times {
  readonly spans: number;
  /** Whole microseconds. */
  readonly us: number;
}

/** Opens the table beneath the lanes, or closes it: while it is closed there is none. */
export const toggleNumbers = (page: Page): Promise<void> => page.getByText('The same in numbers').click();

/** What the page says of each lane, by `lane doing`; its table is open. */
async function laneTimes(page: Page): Promise<Map<string, Times>> {
  const rows = await page.locator('.gantt tbody tr').evaluateAll((all) =>
    all.map((row) => {
      const of = (name: string): string => row.getAttribute(`data-${name}`) ?? '';
      const us = Math.round(Number(of('ms')) * 1_000);
      return [`${of('lane')} ${of('doing')}`, { spans: Number(of('spans')), us }] as const;
    }),
  );
  return new Map(rows);
}

export const sumOf = (times: ReadonlyMap<string, Times>, lanes: RegExp, doing: string): Times =>
  [...times]
    .filter(([key]) => lanes.test(key) && key.endsWith(` ${doing}`))
    .reduce((sum, [, { spans, us }]) => ({ spans: sum.spans + spans, us: sum.us + us }), { spans: 0, us: 0 });

interface Span {
  readonly ph: string;
  readonly cat: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly lane: string };
}

/** Moments of a run, in milliseconds after it was made. */
export interface Moments {
  /** All stages had ended. */
  readonly computed: number;
  readonly lastCommit: number;
  /** Everything was over, workers included. */
  readonly end: number;
}

export interface Traced {
  readonly times: ReadonlyMap<string, Times>;
  readonly moments: Moments;
}

const wholes: ReadonlySet<string> = new Set(['run', 'attempt', 'output']);

interface TraceFile {
  readonly traceEvents: readonly Span[];
  readonly tailrace: {
    readonly messages: readonly { readonly name?: string; readonly createdAt?: string }[];
  };
}

function readTrace(trace: string): {
  readonly spans: readonly Span[];
  readonly messages: TraceFile['tailrace']['messages'];
} {
  // What a trace of ours holds; its own test reads it by the rules of the format.
  const { traceEvents, tailrace } = JSON.parse(trace) as TraceFile;
  // Those that are around others have no bar of their own.
  return {
    spans: traceEvents.filter(({ ph, cat }) => ph === 'X' && !wholes.has(cat)),
    messages: tailrace.messages,
  };
}

function addUp(spans: readonly Span[]): ReadonlyMap<string, Times> {
  const times = new Map<string, Times>();
  for (const { cat, dur, args } of spans) {
    const key = `${args.lane} ${cat}`;
    const { spans: count, us } = times.get(key) ?? { spans: 0, us: 0 };
    times.set(key, { spans: count + 1, us: us + dur });
  }
  return times;
}

/** The sums of a trace, of a run that may go on. */
export const timesSoFar = (trace: string): ReadonlyMap<string, Times> => addUp(readTrace(trace).spans);

/** What a trace says of a run that was not ended early: of its spans no more and no less may be on the page. */
export function readTimes(trace: string): Traced {
  const { spans, messages } = readTrace(trace);
  const times = addUp(spans);
  const made = 1_000 * Number(messages.find(({ name }) => name === 'run')?.createdAt);
  const after = (ts: number): number => (ts - made) / 1_000;
  const flushing = spans.find(({ cat, args }) => args.lane === 'main' && cat === 'waiting');
  if (flushing === undefined) throw new Error('The main thread has waited for no writer.');
  const ends = spans.filter(({ cat }) => cat === 'commit').map(({ ts, dur }) => ts + dur);
  return {
    times,
    moments: {
      computed: after(flushing.ts),
      lastCommit: after(Math.max(...ends)),
      end: after(flushing.ts + flushing.dur),
    },
  };
}

export const workers = /^[wq]\d+ /;

/** What two roundings to microseconds may add up to, of doubles that stand for moments since 1970. In milliseconds. */
const roundingMs = 0.002;

/** The wall clock tells when a run was made in whole milliseconds. */
const wholeMs = 1;

/**
 * What the page shows of a run that has ended is what its trace says, and that is what its report says. Report and lanes read
 * one clock, but one after the other, and a busy machine may take any time between the two: what is held against each other
 * here is the order. That they are equal where the clock stands still within a turn of the event loop is shown by a test of
 * its own.
 */
export async function compare(page: Page, report: Report, trace: string): Promise<void> {
  await expect.poll(() => page.locator('header .pill').textContent()).toBe(report.state);
  const { times, moments } = readTimes(trace);
  await toggleNumbers(page);
  await expect.poll(() => laneTimes(page)).toEqual(times);
  await toggleNumbers(page);

  const attempts = report.outputs.reduce((sum, output) => sum + output.attempts, 0);
  const begun = sumOf(times, workers, 'open').spans;
  // An attempt whose thread dies under it may not have said that it began.
  if (sumOf(times, workers, 'crash').spans === 0) expect(begun).toBe(attempts);
  else expect(begun).toBeLessThanOrEqual(attempts);
  expect(begun).toBeGreaterThanOrEqual(report.outputs.reduce((sum, output) => sum + output.writes, 0));
  const done = report.outputs.filter(({ state }) => state === 'done');
  expect(sumOf(times, /~\d+ /, 'commit').spans).toBeGreaterThanOrEqual(done.length);
  for (const { name } of done) expect([...times.keys()].some((key) => key.startsWith(`${name}~`))).toBe(true);
  expect(new Set([...times.keys()].map((key) => key.split(' ')[0])).has(`w${report.workers}`)).toBe(true);

  const { elapsedMs, tailMs } = report;
  // The report begins a little after the run was made, and its stages have ended before the lane says so.
  expect(moments.computed).toBeGreaterThanOrEqual(elapsedMs - tailMs - wholeMs);
  // The lane computes or is blocked, one after the other, from then on.
  const atWork = sumOf(times, /^main /, 'running').us + sumOf(times, /^main /, 'blocked').us;
  expect(atWork).toBeLessThanOrEqual(1_000 * (moments.computed + wholeMs));
  // The report begins to wait for writers before its lane does, and has ended after the last commit: never the other way round.
  expect(tailMs).toBeGreaterThanOrEqual(moments.lastCommit - moments.computed - roundingMs);
  // The lane goes on until the workers are gone, and the report is made before.
  expect(moments.end).toBeGreaterThanOrEqual(moments.lastCommit);
  expect(moments.end).toBeGreaterThanOrEqual(elapsedMs - wholeMs);
  // What stages were at work on and sources were read for is the report's, but for the rounding of each span.
  for (const [doing, ms] of [
    ['compute', report.computeMs],
    ['read', report.readMs],
  ] as const) {
    const told = sumOf(times, /^main /, doing);
    expect(Math.abs(told.us - 1_000 * ms)).toBeLessThanOrEqual(told.spans + 1);
  }
  // A source waits for memory for as long as stages run, at most.
  for (const { blockedMs } of report.stages)
    expect(blockedMs).toBeLessThanOrEqual(elapsedMs - tailMs + roundingMs);
}
