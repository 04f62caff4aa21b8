// Owns the case `pattern`: what writing in the background saves, beside what the machine would allow.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Play, Role } from '../contenders/pattern/contest.js';
import { readingChecks, readingFacts } from '../data/reading-checks.js';
import type { BenchCase, BenchContext, CaseResult } from '../harness/bench-case.js';
import type { RoundReport } from '../harness/contender.js';
import { type Entry, interleave } from '../harness/interleave.js';
import { openReader, quoted, type Reader } from '../harness/read-back.js';
import { type RunningContender, startContender } from '../harness/start-contender.js';
import { measuresOf, median, own, type Sample } from '../harness/statistics.js';
import {
  apart,
  apartByTwo,
  barsOf,
  computing,
  idealSaved,
  inline,
  one,
  recomputed,
  run,
  samplesOf,
  shareOf,
  two,
  writing,
  writingByTwo,
} from './pattern/figures.js';
import {
  type Calibration,
  medianSeconds,
  perRound,
  type Reports,
  savedOf,
  workFor,
} from './pattern/shares.js';

const shares = { full: [0.3, 0.4, 0.5, 0.7], quick: [0.3, 0.5, 0.7] } as const;

/** A part of them where the environment asks for it (BENCH_SHARES="0.3 0.7"): a look in less time. */
function chosenShares(quick: boolean): readonly number[] {
  const asked = process.env.BENCH_SHARES;
  if (asked !== undefined) return asked.split(' ').map(Number);
  return quick ? shares.quick : shares.full;
}

interface Part extends Omit<Play, 'job'> {
  readonly name: string;
  readonly fullOnly?: boolean;
}
const part = (name: string, role: Role, workers: number | 'automatic' = 0): Part => ({
  name,
  role,
  workers: workers === 'automatic' ? undefined : workers,
});
const computes = part(computing, 'compute');
const writes = part(writing, 'write');
const writesByTwo: Part = { ...part(writingByTwo, 'write', 2), fullOnly: true };
const parts: readonly Part[] = [
  computes,
  writes,
  part(inline, 'inline'),
  part(one, 'background', 1),
  part(two, 'background', 2),
  part(own, 'background', 'automatic'),
  part(recomputed, 'recomputed'),
  { ...part(run, 'run', 'automatic'), fullOnly: true },
  writesByTwo,
];

export const pattern: BenchCase = {
  name: 'pattern',
  title: 'computing while outputs are written',
  about: `A stage computes 2,097,152 rows of eight columns (see \`data/readings.ts\`); four Parquet directories (snappy,
default engine) are written of them. The stage's work per row is set so that writing is 30, 40, 50 or 70 % of computing (C)
and writing (W) together. C and W are measured alone in the same rounds: C is the stage and its columns, W is encoding, sync
and commit of what is held already.

- **inline**: computes, then writes, in one thread: the same encoder, \`workers: 0\`.
- **background**: the dataset is submitted while it is computed (\`materialise({ until: 'first' })\`, \`pool.submit\`), with
  1 worker, 2, and as many as Tailrace chooses (*Tailrace*).
- **background, recomputed**: what a thread does that is given the recipe instead of the rows: it computes them again, and
  writes them, while the main thread computes them for itself.
- **pipeline run**: the same declared with \`pipeline\`; its threads start with the run. All others have warm pools.
- **two processes**: C and W at once, in processes that know nothing of each other: what the machine itself can overlap.

*Saved* is against inline. *Efficiency* is (T_inline - T) / (T_inline - ideal) with ideal = max(C, (C + W) / 2), computed
within each round. Node runs with its default flags.`,
  async run(context) {
    const reader = await openReader();
    const running: RunningContender<Play>[] = [];
    const start = async (): Promise<RunningContender<Play>> => {
      const module = new URL('../contenders/pattern/role.js', import.meta.url);
      const contender = await startContender<undefined, Play>(module, undefined, { signal: context.signal });
      running.push(contender);
      return contender;
    };
    try {
      return await runPattern(context, { player: await start(), stranger: await start() }, reader);
    } finally {
      await Promise.allSettled(running.map((contender) => contender.end()));
      reader.close();
    }
  },
};

/** One process plays everything; the stranger writes while the other computes. */
interface Processes {
  readonly player: RunningContender<Play>;
  readonly stranger: RunningContender<Play>;
}

async function runPattern(
  context: BenchContext,
  { player, stranger }: Processes,
  reader: Reader,
): Promise<CaseResult> {
  const { quick, signal, progress } = context;
  const size = quick ? { rows: 8 * 16_384, batchRows: 16_384 } : { rows: 32 * 65_536, batchRows: 65_536 };
  const chosen = parts.filter(({ fullOnly }) => !(quick && fullOnly));
  const playOf = ({ name, role, workers }: Part, work: number): Play => {
    const folder = join(context.folder, name.replaceAll(/[^a-z0-9]+/gi, '-'));
    return { role, workers, job: { ...size, outputs: 4, work, folder } };
  };
  const entryOf = (of: Part, work: number): Entry<Play> => ({
    name: of.name,
    contender: player,
    input: () => playOf(of, work),
  });
  const calibration = await calibrate(entryOf, { rounds: quick ? 3 : 5, signal, progress });

  const samples: Sample[] = [];
  const byShare = new Map<number, Reports>();
  for (const share of chosenShares(quick)) {
    const work = workFor(share, calibration);
    progress(`share ${share}: ${work} steps per row`);
    const facts = readingFacts(size.rows, work);
    const verified = new Set<string>();
    const entries = chosen.map((of): Entry<Play> => {
      const entry = entryOf(of, work);
      if (of.role === 'compute') return entry;
      return {
        ...entry,
        async after(_, { job: { folder, outputs } }) {
          for (let at = 0; at < outputs && !verified.has(of.name); at += 1) {
            const from = `read_parquet(${quoted(`${folder}/output-${at}/*.parquet`)})`;
            await reader.compare(of.name, from, readingChecks, facts);
          }
          verified.add(of.name);
          await rm(folder, { recursive: true });
        },
      };
    });
    const half = (of: Part): Play => playOf(of, work);
    entries.push(pair(apart, player, half(computes), stranger, half(writes)));
    if (!quick) entries.push(pair(apartByTwo, player, half(computes), stranger, half(writesByTwo)));
    const reports = await interleave(entries, {
      rounds: quick ? 3 : 5,
      warmUps: quick ? 1 : 2,
      signal,
      progress,
    });
    byShare.set(share, reports);
    samples.push(...samplesOf(share, reports));
  }
  return {
    measures: measuresOf(samples),
    bars: barsOf(byShare),
    plots: [
      {
        kind: 'lines',
        title: 'Saved by writing in the background',
        x: { label: 'share of writing', log: false },
        y: { label: '% of the time of inline', log: false },
        series: [
          ...[own, one, two, recomputed, apart].map((label) => ({
            label,
            points: [...byShare].map(
              ([share, reports]) => [share, median(perRound(reports, [inline, label], savedOf))] as const,
            ),
          })),
          {
            label: 'ideal',
            points: [...byShare].map(([share, reports]) => [share, median(idealSaved(reports))] as const),
          },
        ],
      },
    ],
    notes: [
      `The share of writing came out as ${[...byShare.values()].map((reports) => median(shareOf(reports)).toFixed(2)).join(', ')}.`,
      'One thread recomputes: with more, three busy threads would share two processors.',
    ],
  };
}

/** Two processes at once: the round lasts until both are through. */
function pair(
  name: string,
  first: RunningContender<Play>,
  play: Play,
  second: RunningContender<Play>,
  otherPlay: Play,
): Entry<Play> {
  return {
    name,
    input: () => play,
    contender: {
      async round() {
        const [a, b] = await Promise.all([first.round(play), second.round(otherPlay)]);
        return together(a, b);
      },
    },
  };
}

function together(a: RoundReport, b: RoundReport): RoundReport {
  const [longer, shorter] = a.seconds > b.seconds ? [a, b] : [b, a];
  return {
    seconds: longer.seconds,
    cpuSeconds: a.cpuSeconds + b.cpuSeconds,
    // To the longer one the other process is one of the others.
    othersSeconds: Math.max(0, longer.othersSeconds - shorter.cpuSeconds),
    peakRssBytes: a.peakRssBytes + b.peakRssBytes,
    startRssBytes: a.startRssBytes + b.startRssBytes,
    figures: {},
  };
}

async function calibrate(
  entryOf: (of: Part, work: number) => Entry<Play>,
  options: Parameters<typeof interleave>[1],
): Promise<Calibration> {
  const works = [50, 400];
  const entries = works.map((work) => ({ ...entryOf(computes, work), name: `${work} steps` }));
  const reports = await interleave([...entries, entryOf(writes, 50)], options);
  return {
    compute: works.map((work) => [work, medianSeconds(reports, `${work} steps`)] as const),
    writeSeconds: medianSeconds(reports, writing),
  };
}
