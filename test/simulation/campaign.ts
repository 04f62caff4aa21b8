// Owns a campaign: worlds of consecutive seeds, and what they add up to.
import { list } from './describe.js';
import { type Outcome, simulate } from './simulate.js';
import type { Harm } from './world.js';

export interface CampaignOptions {
  readonly from: number;
  readonly runs: number;
  /** Ends with the world in which this has passed. */
  readonly minutes: number;
  /** Goes on after a failing world. */
  readonly keepGoing: boolean;
  readonly onFailure: (outcome: Outcome) => void;
  readonly onProgress?: ((line: string) => void) | undefined;
}

export interface Summary {
  readonly worlds: number;
  readonly runs: number;
  readonly steps: number;
  readonly seconds: number;
  /** Seeds that failed. */
  readonly failed: readonly number[];
  readonly faults: Readonly<Record<string, number>>;
  readonly outputs: Readonly<Record<string, number>>;
  readonly harms: Readonly<Record<Harm, number>>;
  /** All of it, for people. */
  readonly table: string;
}

const progressEvery = 10_000;

export async function runCampaign(options: CampaignOptions): Promise<Summary> {
  const faults = new Map<string, number>();
  const outputs = new Map<string, number>();
  const harms = { lost: 0, duplicated: 0, 'half visible': 0, altered: 0, hung: 0, 'broken rule': 0 };
  const failed: number[] = [];
  const startedAt = performance.now();
  const seconds = (): number => (performance.now() - startedAt) / 1000;
  let worlds = 0;
  let runs = 0;
  let steps = 0;
  while (worlds < options.runs && seconds() < options.minutes * 60) {
    const outcome = await simulate(options.from + worlds);
    worlds += 1;
    runs += outcome.runs;
    steps += outcome.steps;
    addAll(faults, outcome.faults);
    addAll(outputs, outcome.outputs);
    for (const harm of new Set(outcome.violations.map((violation) => violation.harm))) harms[harm] += 1;
    if (worlds % progressEvery === 0)
      options.onProgress?.(
        `${worlds} worlds, ${Math.round(worlds / seconds())} a second, ${failed.length} failed`,
      );
    if (outcome.violations.length === 0) continue;
    failed.push(outcome.seed);
    options.onFailure(outcome);
    if (!options.keepGoing) break;
  }
  const took = seconds();
  const table = [
    `worlds ${worlds} (seeds ${options.from} to ${options.from + worlds - 1}), runs of pipelines ${runs}, steps ${steps}, ` +
      `${took.toFixed(1)} s, ${Math.round(worlds / took)} worlds a second`,
    `faults: ${list(new Map([...faults].sort(([one], [other]) => (one < other ? -1 : 1))))}`,
    `outputs: ${list(outputs)}`,
    `worlds with harm: ${list(new Map(Object.entries(harms)))}`,
  ].join('\n');
  return {
    worlds,
    runs,
    steps,
    seconds: took,
    failed,
    faults: Object.fromEntries(faults),
    outputs: Object.fromEntries(outputs),
    harms,
    table,
  };
}

function addAll(to: Map<string, number>, from: ReadonlyMap<string, number>): void {
  for (const [what, count] of from) to.set(what, (to.get(what) ?? 0) + count);
}
