// Owns how a failing world is told: what was wrong, the scenario, the last things that happened, the command to see it again.
import type { Outcome } from './simulate.js';

export function describeFailure(outcome: Outcome): string {
  const { seed, scenario, violations, tail } = outcome;
  return [
    `Seed ${seed} breaks the promise:`,
    ...violations.map(
      ({ harm, message, atMs, step }) => `  ${harm}: ${message} (${atMs.toFixed(3)} ms, step ${step})`,
    ),
    'Scenario:',
    JSON.stringify(scenario, undefined, 1),
    'The last that happened:',
    ...tail.map((line) => `  ${line}`),
    `Again: npm run simulate -- --seed ${seed}`,
  ].join('\n');
}

export function describeOutcome(outcome: Outcome): string {
  if (outcome.violations.length > 0) return describeFailure(outcome);
  const { seed, hash, steps, runs, virtualMs, faults, outputs, tail } = outcome;
  return [
    ...tail.map((line) => `  ${line}`),
    `Seed ${seed}: nothing wrong. Trace ${hash}, ${runs} runs, ${steps} steps, ${Math.round(virtualMs)} virtual ms.`,
    `Faults: ${list(faults)}. Outputs: ${list(outputs)}.`,
  ].join('\n');
}

export function list(counts: ReadonlyMap<string, number>): string {
  return Array.from(counts, ([what, count]) => `${what} ${count}`).join(', ') || 'none';
}
