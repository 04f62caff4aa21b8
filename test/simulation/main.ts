// Owns the command line: `npm run simulate -- --seed N`, or `--runs N --from SEED`, or `--minutes M`.
import { parseArgs } from 'node:util';
import { runCampaign } from './campaign.js';
import { describeFailure, describeOutcome } from './describe.js';
import { simulate } from './simulate.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string' },
    runs: { type: 'string' },
    minutes: { type: 'string' },
    'keep-going': { type: 'boolean' },
    json: { type: 'boolean' },
  },
});

function whole(option: 'seed' | 'from' | 'runs' | 'minutes', fallback: number): number {
  const value = values[option] === undefined ? fallback : Number(values[option]);
  if (value >= 0) return value;
  throw new Error(`--${option} takes a number from 0 on, not ${values[option]}.`);
}

if (values.seed !== undefined) {
  const outcome = await simulate(whole('seed', 0), 5_000);
  console.log(describeOutcome(outcome));
  process.exitCode = outcome.violations.length > 0 ? 1 : 0;
} else {
  const summary = await runCampaign({
    from: whole('from', 1),
    runs: whole('runs', values.minutes === undefined ? 1_000 : Number.MAX_SAFE_INTEGER),
    minutes: whole('minutes', Number.POSITIVE_INFINITY),
    keepGoing: values['keep-going'] === true,
    onFailure: (outcome) => console.log(describeFailure(outcome)),
    onProgress: (line) => console.error(line),
  });
  console.log(values.json ? JSON.stringify(summary) : summary.table);
  process.exitCode = summary.failed.length > 0 ? 1 : 0;
}
