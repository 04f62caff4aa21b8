// Owns the soak: one process that writes one output after the other for long, with faults; each is looked at by a reader, and
// what the process holds must not grow.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDice, type Dice } from '../simulation/dice.js';
import { type Child, programPath, startChild } from './child.js';
import { createTally, type Extent, type Figure, hangMs, type Tally } from './figure.js';
import { isGrowing, isNew, type Kind, kinds, stateOf } from './kinds.js';
import { judge, leftovers, look } from './reader.js';
import type { SoakJob, SoakResult } from './soak-words.js';

/** Jobs before the first measure: by then every module is loaded and every fault has been met. */
const warmJobs = 40;
/**
 * Jobs after it that are measured at least, however few minutes there are: a loaded machine does fewer
 * jobs, and hangs no more.
 */
const leastMeasured = 8;
/** A target is given up after so many versions, so that looking at it stays quick. */
const maxVersions = 6;
/**
 * MiB by which the median of the last quarter of the samples may lie above that of the first, over ten minutes and more: a
 * leak of half a MiB per minute shows in half an hour. Medians, because a sample in the middle of a thread's start is
 * 10 to 25 MiB higher.
 */
const growthMiB = 16;
/**
 * The same for less than ten minutes. The heaps of threads are still growing to their size then: 12 to 16 MiB were seen
 * without any leak, and a test that runs beside others may not fail of that. A leak of 200 KiB per job shows.
 */
const shortGrowthMiB = 64;
/** Of the main thread's heap in less than ten minutes, where 1 MiB was seen: it has no such moods. */
const shortHeapGrowthMiB = 8;
/**
 * From ten minutes on. By then the code of the functions that run often is compiled, some 2 MiB in the first 500 jobs; a leak
 * of 1 KiB per job shows in half an hour.
 */
const heapGrowthMiB = 3;

/** Fewer jobs are judged as if they had taken less than ten minutes: there, too, code is still being compiled. */
const longJobs = 1_000;

/** A look at what the program holds, while it has nothing to do. */
const lookMs = 500;
/** Looks that must find the same: longer than the ten seconds for which the threads of a run that is over are kept. */
const calmLooks = 24;
/** After so many, two minutes, what changes still is what it holds. */
const mostLooks = 240;
/** Must be at the end as it was after the first jobs. */
const counted = ['files', 'threads', 'handles', 'listeners', 'scratch', 'heldBytes', 'outputs'] as const;

interface Slot {
  dir: string;
  versions: number[];
}

interface Soaked {
  run(told: SoakJob | 'sample'): Promise<SoakResult | undefined>;
  readonly child: Child;
}

function startSoaked(scratchDir: string, limitMs: number): Soaked {
  const args = ['--expose-gc', programPath('soak-on'), JSON.stringify({ scratchDir })];
  // Few arenas: what malloc keeps for threads that have ended is then used again.
  const env = { MALLOC_ARENA_MAX: '2' };
  const child = startChild({ command: process.execPath, args, limitMs, env });
  let take: ((result: SoakResult | undefined) => void) | undefined;
  child.onLine((line) => {
    if (line.startsWith('result ')) take?.(JSON.parse(line.slice(7)));
  });
  child.ended.then(
    () => take?.(undefined),
    () => take?.(undefined),
  );
  return {
    child,
    run: (told) =>
      new Promise((resolve) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), hangMs);
        take = (result) => {
          clearTimeout(timer);
          resolve(result);
        };
        child.tell(JSON.stringify(told));
      }),
  };
}

const faults = ['none', 'none', 'none', 'exit', 'throw', 'disk full', 'cancel', 'slow'] as const;
const ways = ['feed', 'submit', 'run'] as const;
/** A group is several outputs of a pipeline: a pool is given one at a time. */
const single = kinds.filter((kind) => kind !== 'group');

async function oneJob(
  tally: Tally,
  dice: Dice,
  soaked: Soaked,
  slots: Map<Kind, Slot>,
  root: string,
): Promise<SoakResult | undefined> {
  const kind = dice.pick(single);
  let slot = slots.get(kind);
  if (slot === undefined || slot.versions.length >= (isNew(kind) ? 1 : maxVersions)) {
    if (slot !== undefined) await rm(slot.dir, { recursive: true });
    slot = { dir: join(root, `${kind}-${tally.counts.tried}`), versions: [] };
    await mkdir(slot.dir);
    slots.set(kind, slot);
  }
  const version = (slot.versions.at(-1) ?? 0) + 1;
  const job: SoakJob = {
    dir: slot.dir,
    kind,
    version,
    fault: dice.pick(faults),
    way: dice.pick(ways),
  };
  const where = `job ${tally.counts.tried}, ${kind}, version ${version}, ${job.fault}, ${job.way}`;
  tally.counts.tried += 1;
  tally.detail(job.fault);
  const result = await soaked.run(job);
  if (result === undefined) {
    tally.bad('hung', `${where}: the program has ended: ${soaked.child.said().slice(-800)}`);
    return undefined;
  }
  const after = [...slot.versions, version];
  const isDone = result.outcome === 'done' && job.fault !== 'cancel';
  if (!isDone && job.fault !== 'cancel')
    tally.bad('altered', `${where}: ${result.outcome} ${result.message}`);
  if (result.outcome === 'none') tally.bad('altered', `${where}: an error without name: ${result.message}`);
  const seen = await look(job, true);
  const allowed = isDone ? [after] : [slot.versions, after];
  judge(
    tally,
    seen,
    allowed.map((versions) => stateOf(kind, versions)),
    where,
  );
  const left = await leftovers(job);
  if (left.length > 0) tally.bad('altered', `${where}: left behind ${left.join(', ')}`);
  // An empty partition set cannot be told from one more version of what replaces: the newest that is there counts.
  if (seen.state === stateOf(kind, after)) slot.versions = after;
  if (isGrowing(kind) && seen.state === 'absent') slot.versions = [];
  return result;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

/**
 * What it holds once nothing is under way: a thread that died in the last job is back, those of a run that is over have gone.
 * Undefined when the program has ended.
 */
async function calm(soaked: Soaked): Promise<SoakResult | undefined> {
  let last: SoakResult | undefined;
  let before = '';
  let same = 0;
  for (let look = 0; look < mostLooks && same < calmLooks; look += 1) {
    last = await soaked.run('sample');
    if (last === undefined) return undefined;
    const found = last;
    const now = counted.map((name) => found[name]).join();
    same = now === before ? same + 1 : 0;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return last;
}

/** Medians of the first and of the last quarter. */
function ends(numbers: readonly number[]): readonly [first: number, last: number] {
  const quarter = Math.max(1, Math.floor(numbers.length / 4));
  return [median(numbers.slice(0, quarter)), median(numbers.slice(-quarter))];
}

function judgeHeld(
  tally: Tally,
  start: SoakResult,
  end: SoakResult,
  samples: readonly SoakResult[],
  isShort: boolean,
): void {
  const [first, last] = ends(samples.map(({ rssMiB }) => rssMiB));
  const [firstHeap, lastHeap] = ends(samples.map(({ heapMiB }) => heapMiB));
  const details: Record<string, number> = {
    'MiB at first': Math.round(first),
    'MiB at last': Math.round(last),
    'MiB after the first jobs, at rest': Math.round(start.rssMiB),
    'MiB at the end, at rest': Math.round(end.rssMiB),
    'heap KiB at first': Math.round(firstHeap * 1024),
    'heap KiB at last': Math.round(lastHeap * 1024),
    'files at first': start.files,
    'files at last': end.files,
    'threads at first': start.threads,
    'threads at last': end.threads,
  };
  Object.assign(tally.details, details);
  if (last - first > (isShort ? shortGrowthMiB : growthMiB)) {
    tally.bad('altered', `memory has grown from ${first.toFixed(1)} to ${last.toFixed(1)} MiB`);
  }
  if (lastHeap - firstHeap > (isShort ? shortHeapGrowthMiB : heapGrowthMiB)) {
    tally.bad('altered', `the heap has grown from ${firstHeap.toFixed(1)} to ${lastHeap.toFixed(1)} MiB`);
  }
  for (const name of counted) {
    if (end[name] > start[name])
      tally.bad('altered', `${name} have grown from ${start[name]} to ${end[name]}`);
  }
}

/**
 * Ends with the extent's minutes or trials, whichever come first, but not before it has done enough jobs to compare what is held.
 * Needs Linux: it looks into /proc.
 */
export async function soak(extent: Extent): Promise<Figure> {
  const tally = createTally(extent);
  const dice = createDice(extent.seed);
  const root = await mkdtemp('/tmp/tailrace-soak-');
  const scratchDir = join(root, 'scratch');
  await mkdir(scratchDir);
  const soaked = startSoaked(scratchDir, ((extent.minutes ?? 600) + 10) * 60_000);
  const slots = new Map<Kind, Slot>();
  const samples: SoakResult[] = [];
  const startedAt = performance.now();
  try {
    if (!(await soaked.child.says('ready\n'))) throw new Error(`It did not begin: ${soaked.child.said()}`);
    let start: SoakResult | undefined;
    // A job that hangs ends the loop: nothing else keeps it from its end.
    for (let job = 1; job <= warmJobs + leastMeasured || !tally.isOver(); job += 1) {
      const result = await oneJob(tally, dice, soaked, slots, root);
      if (result === undefined) break;
      if (job > warmJobs) samples.push(result);
      if (job < warmJobs || start !== undefined) continue;
      start = await calm(soaked);
      if (start === undefined) break;
    }
    const isShort = performance.now() - startedAt < 10 * 60_000 || samples.length < longJobs;
    const end = start === undefined ? undefined : await calm(soaked);
    if (start !== undefined && end !== undefined) judgeHeld(tally, start, end, samples, isShort);
    else if (tally.counts.hung === 0)
      tally.bad('hung', `it ended while it was looked at: ${soaked.child.said().slice(-800)}`);
  } finally {
    soaked.child.kill('SIGKILL');
    await soaked.child.ended;
    await rm(root, { recursive: true, force: true });
  }
  return tally.figure('soak');
}
