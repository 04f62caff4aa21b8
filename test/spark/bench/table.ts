// Owns the tables that are made of the comparison: medians, and the pairs that they were taken from.
import { type Way, ways } from './job.js';

export type Program = 'pattern' | 'tailrace';
/** In seconds, a number for each round. */
export type Times = Record<Way, Record<Program, number[]>>;

export const noTimes = (): Times =>
  Object.fromEntries(ways.map((way) => [way, { pattern: [], tailrace: [] }])) as unknown as Times; // The keys are the ways.

function median(numbers: readonly number[]): number {
  const ordered = [...numbers].sort((a, b) => a - b);
  const [low, high] = [Math.floor((ordered.length - 1) / 2), Math.ceil((ordered.length - 1) / 2)];
  return ((ordered[low] ?? Number.NaN) + (ordered[high] ?? Number.NaN)) / 2;
}
const spread = (numbers: readonly number[]): string =>
  `${median(numbers).toFixed(1)} (${Math.min(...numbers).toFixed(1)} – ${Math.max(...numbers).toFixed(1)})`;
const against = (times: Times, way: Way, program: Program): string => {
  const shares = times[way][program].map(
    (seconds, at) => seconds / (times.synchronous[program][at] ?? 0) - 1,
  );
  const change = median(shares) * 100;
  if (!Number.isFinite(change)) return ''; // The synchronous way was not asked for.
  return `${Math.abs(change).toFixed(1)} % ${change < 0 ? 'faster' : 'slower'}`;
};

const timedOf = (times: Times): Way[] => ways.filter((way) => times[way].pattern.length > 0);

/** Medians and spreads. Ratios are those of pairs that were run one after the other. */
export function tableOf(times: Times): string {
  const lines = timedOf(times).map((way) => {
    const { pattern, tailrace } = times[way];
    const ratio = median(tailrace.map((seconds, at) => seconds / (pattern[at] ?? 0)));
    const saved = (program: Program): string => (way === 'synchronous' ? '' : against(times, way, program));
    return `| ${way} | ${spread(pattern)} | ${saved('pattern')} | ${spread(tailrace)} | ${saved('tailrace')} | ${ratio.toFixed(3)} x |`;
  });
  return [
    '| way | pattern in Python, s | against its synchronous | Tailrace, s | against its synchronous | Tailrace / pattern |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n');
}

/** Each round's times as they were measured: the pattern's, Tailrace's, and their ratio. */
export function pairsOf(times: Times): string {
  const timed = timedOf(times);
  const rounds = timed[0] === undefined ? [] : times[timed[0]].pattern.map((_, at) => at);
  const pair = (way: Way, at: number): string => {
    const [pattern = Number.NaN, tailrace = Number.NaN] = [times[way].pattern[at], times[way].tailrace[at]];
    return `${pattern.toFixed(1)} / ${tailrace.toFixed(1)} (${(tailrace / pattern).toFixed(3)} x)`;
  };
  return [
    `| way: pattern / Tailrace, s | ${rounds.map((at) => `round ${at + 1}`).join(' | ')} |`,
    `| --- |${rounds.map(() => ' ---: |').join('')}`,
    ...timed.map((way) => `| ${way} | ${rounds.map((at) => pair(way, at)).join(' | ')} |`),
  ].join('\n');
}
