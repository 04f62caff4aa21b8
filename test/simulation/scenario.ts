// Owns the scenarios: plain data that a seed decides, all of it printed when a seed fails.
import { createDice, type Dice } from './dice.js';
import type { DiskTrouble } from './faults.js';
import type { Target } from './observe.js';
import type { EndPlan, OutputPlan, ProcessPlan, Scenario } from './plans.js';
import { asJob, grouped, inParts } from './scenario-kinds.js';
import type { ThreadTrouble } from './threads.js';

/** Nothing goes wrong with it. */
export const soundDisk: DiskTrouble = {
  rate: 0,
  syncRate: 0,
  shortRate: 0,
  fullFrom: 0,
  fullUntil: 0,
  linkless: false,
  ambiguity: 0,
  ambiguousRename: undefined,
  slowness: 1,
  hangRate: 0,
  ordered: false,
};

/** Nothing goes wrong with them. */
export const soundThreads: ThreadTrouble = {
  rate: 0,
  withinMs: 10,
  bootRate: 0,
  lateness: 1,
  mayHang: false,
};

export function scenarioOf(seed: number): Scenario {
  const dice = createDice(seed);
  // What came later draws from chance of its own: the worlds before it stay as they were.
  const later = createDice(seed).fork(21);
  const isGrouped = later.chance(0.18);
  const targets = targetsOf(dice, isGrouped ? later.pick([2, 2, 2, 3]) : undefined);
  const threads = threadsOf(dice);
  const processes: ProcessPlan[] = [];
  const last = dice.chance(0.4) ? dice.int(2, 3) : 1;
  const together = last > 1 && dice.chance(0.3);
  for (let index = 1; index <= last; index += 1) {
    const endsEarly = dice.chance(index < last ? 0.85 : 0.15);
    const process = {
      ...processOf(
        dice,
        `p${index}`,
        targets.map(({ kind }) => kind),
        threads.mayHang,
      ),
      end: endsEarly ? endOf(dice) : undefined,
      startMs: together ? dice.next() * 20 : undefined,
    };
    const parted = inParts(later, process, targets);
    processes.push(isGrouped ? grouped(later, parted) : parted);
  }
  const disk = { ...diskOf(dice), ...ambiguityOf(later, isGrouped) };
  const watched = dice.chance(0.1);
  return asJob(later, { seed, targets, disk, threads, processes, watched });
}

function targetsOf(dice: Dice, wanted: number | undefined): Scenario['targets'] {
  const drawn = dice.pick([1, 1, 1, 1, 1, 2, 2, 3, 4]);
  const count = wanted ?? drawn;
  return Array.from({ length: count }, (_, index) => {
    const kind = dice.chance(0.4) ? 'file' : 'directory';
    const folder = dice.pick(['/data', '/data', '/data/deep/er']);
    const existing = dice.chance(0.5);
    const name = kind === 'file' ? `t${index}.jsonl` : `t${index}`;
    const isPartitioned = kind === 'directory' && dice.chance(0.4);
    const publish = kind === 'directory' && dice.chance(0.3) ? 'generations' : 'swap';
    return { path: `${folder}/${name}`, kind, isPartitioned, publish, existing };
  });
}

function ambiguityOf(dice: Dice, isGrouped: boolean): Pick<DiskTrouble, 'ambiguity' | 'ambiguousRename'> {
  const ambiguity = dice.chance(0.12) ? dice.pick([0.005, 0.02, 0.08]) : 0;
  const after = isGrouped && dice.chance(0.5) ? 'decision' : 'commit';
  const nth = dice.int(1, after === 'decision' ? 2 : 4);
  return { ambiguity, ambiguousRename: dice.chance(0.4) ? { after, nth } : undefined };
}

function diskOf(dice: Dice): Omit<DiskTrouble, 'ambiguity' | 'ambiguousRename'> {
  const isFaulty = dice.chance(0.45);
  const isFull = dice.chance(0.05);
  const fullFrom = dice.next() * 40;
  return {
    rate: isFaulty ? dice.pick([0.002, 0.01, 0.04]) : 0,
    syncRate: isFaulty && dice.chance(0.5) ? 0.1 : 0,
    shortRate: dice.chance(0.3) ? 0.2 : 0,
    fullFrom,
    fullUntil: isFull ? fullFrom + dice.next() * 500 : fullFrom,
    linkless: dice.chance(0.05),
    slowness: dice.pick([1, 1, 1, 10]),
    hangRate: dice.chance(0.08) ? 0.01 : 0,
    ordered: dice.chance(0.3),
  };
}

function threadsOf(dice: Dice): ThreadTrouble {
  return {
    rate: dice.chance(0.3) ? 0.5 : 0,
    withinMs: dice.pick([10, 50, 300]),
    bootRate: dice.chance(0.05) ? 0.3 : 0,
    lateness: dice.pick([1, 1, 1, 50]),
    mayHang: dice.chance(0.5),
  };
}

function processOf(
  dice: Dice,
  name: string,
  kinds: readonly Target['kind'][],
  mayHang: boolean,
): Omit<ProcessPlan, 'end' | 'startMs'> {
  const rows = dice.chance(0.08) ? 0 : dice.int(1, 48);
  const chosen = Array.from(kinds, (_, target) => target).filter(
    (target) => target === 0 || dice.chance(0.8),
  );
  return {
    name,
    by: name,
    group: undefined,
    job: undefined,
    rows,
    textLength: dice.chance(0.05) ? 20_000 : dice.int(4, 24),
    chunkRows: dice.int(1, 16),
    batchRows: dice.int(3, 16),
    sourceFailsAt: dice.chance(0.03) ? dice.int(0, rows) : undefined,
    workers: dice.int(0, 3),
    openPerWorker: dice.pick([1, 2, 16]),
    graceMs: dice.pick([50, 1_000, 5_000]),
    maxRestarts: dice.pick([0, 2, 8]),
    spareBytes: dice.pick([0, 0, 100_000, 8_000_000]),
    failFast: dice.chance(0.15),
    abortAtMs: dice.chance(0.15) ? dice.next() * dice.pick([10, 60, 400]) : undefined,
    outputs: chosen.map((target) => ({
      name: `o${target}`,
      target,
      mode: modeOf(dice, kinds[target]),
      without: dice.pick([0, 0, 2, 5]),
      parts: undefined,
      writeRows: dice.pick([4, 12, 20, 1_000]),
      maxPartRows: dice.chance(0.3) ? dice.int(2, 10) : undefined,
      attempts: dice.pick([1, 2, 3, 3, 5]),
      delayMs: dice.pick([0, 10, 200]),
      timeoutMs: mayHang ? dice.pick([300, 5_000]) : dice.pick([0, 0, 5_000]),
      reserveBytes: dice.pick([1_000, 1_000, 100_000, 600_000]),
      slow: dice.chance(0.2) ? 'spill' : 'pace',
      gathers: dice.chance(0.3),
      deadlyRow: dice.chance(0.02) ? dice.int(0, 48) : undefined,
      poisonRow: dice.chance(0.02) ? dice.int(0, 48) : undefined,
      flakyRow: dice.chance(0.1) ? dice.int(0, 30) : undefined,
    })),
  };
}

function modeOf(dice: Dice, kind: Target['kind'] | undefined): OutputPlan['mode'] {
  const mode = dice.pick(['error', 'overwrite', 'overwrite', 'append'] as const);
  // One file is not appended to.
  return mode === 'append' && kind === 'file' ? 'overwrite' : mode;
}

function endOf(dice: Dice): EndPlan {
  const at = dice.chance(0.6) ? 'naming call' : 'step';
  return {
    how: dice.chance(0.5) ? 'kill -9' : 'power cut',
    at,
    count: at === 'step' ? dice.int(1, 900) : dice.int(1, 60),
  };
}
