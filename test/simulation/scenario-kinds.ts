// Owns the kinds of scenarios that came after the first: groups of outputs, partitions that are
// overwritten, jobs that are resumed.
import type { Dice } from './dice.js';
import type { Target } from './observe.js';
import type { OutputPlan, ProcessPlan, Scenario } from './plans.js';
import { parts } from './rows.js';

/** Some outputs replace a few partitions of what is there. */
export function inParts(dice: Dice, process: ProcessPlan, targets: readonly Target[]): ProcessPlan {
  const outputs = process.outputs.map((output): OutputPlan => {
    if (targets[output.target]?.isPartitioned !== true || !dice.chance(0.5)) return output;
    const first = dice.int(0, parts.length - 1);
    const chosen = parts.filter((_, index) => index === first || dice.chance(0.3));
    return { ...output, mode: 'overwritePartitions', parts: chosen };
  });
  return { ...process, outputs };
}

/** All of its outputs commit together, or all but one, in any order. */
export function grouped(dice: Dice, process: ProcessPlan): ProcessPlan {
  const names = process.outputs.map(({ name }) => name);
  const group: string[] = [];
  while (names.length > 0) group.push(...names.splice(dice.int(0, names.length - 1), 1));
  if (group.length > 2 && dice.chance(0.2)) group.pop();
  if (group.length < 2 || dice.chance(0.1)) return process;
  const { end } = process;
  const atDecision = { at: 'decision', count: dice.int(1, 14) } as const;
  const ends = end !== undefined && dice.chance(0.5);
  return { ...process, group, end: ends ? { how: end.how, ...atDecision } : end };
}

/** Some scenarios are one job, whose runs go on from each other, the last one without any trouble. */
export function asJob(dice: Dice, scenario: Scenario): Scenario {
  const [first, ...others] = scenario.processes;
  if (first === undefined || !dice.chance(0.14)) return scenario;
  const outputs = first.outputs.map((output): OutputPlan => {
    const isThere = scenario.targets[output.target]?.existing === true;
    return {
      ...output,
      // Nothing of a job may fail for ever, or nobody could tell that it comes to its end.
      mode: output.mode === 'error' && isThere ? 'overwrite' : output.mode,
      deadlyRow: undefined,
      poisonRow: undefined,
      flakyRow: undefined,
    };
  });
  const { rows, textLength, group } = first;
  const durable = dice.chance(0.3);
  const runOf = (process: ProcessPlan, index: number): ProcessPlan => {
    const damageAt = index > 0 && dice.chance(0.25) ? dice.next() : undefined;
    const job = { directory: '/jobs/j', durable, damageAt, isLast: false };
    // What holds rows back may differ from run to run: what is in the files may not.
    const { workers, chunkRows, spareBytes } = process;
    const own = { ...first, workers, chunkRows, spareBytes, sourceFailsAt: process.sourceFailsAt };
    const { name, end, abortAtMs } = process;
    return {
      ...own,
      name,
      by: 'j',
      rows,
      textLength,
      outputs,
      group,
      job,
      end,
      abortAtMs,
      startMs: undefined,
    };
  };
  const runs = [first, ...others].map(runOf);
  const [second = first] = others;
  const last: ProcessPlan = {
    ...runOf(second, 0),
    name: 'p9',
    job: { directory: '/jobs/j', durable, damageAt: undefined, isLast: true },
    outputs: outputs.map((output) => ({ ...output, timeoutMs: 0, attempts: Math.max(2, output.attempts) })),
    sourceFailsAt: undefined,
    failFast: false,
    maxRestarts: 8,
    abortAtMs: undefined,
    end: undefined,
  };
  const early = runs.map((run) => (run.end === undefined && dice.chance(0.4) ? endingEarly(dice, run) : run));
  return { ...scenario, processes: [...early, last] };
}

function endingEarly(dice: Dice, run: ProcessPlan): ProcessPlan {
  const how = dice.pick(['kill -9', 'power cut'] as const);
  return { ...run, end: { how, at: 'naming call', count: dice.int(5, 80) } };
}
