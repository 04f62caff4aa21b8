// Owns the command line: `npm run campaign -- crash-points --trials 5000 --minutes 30 --seed 1`.
import { parseArgs } from 'node:util';
import { type BadInputsExtent, badInputs } from './bad-inputs/campaign.js';
import { crashPoints } from './crash-points.js';
import { damagedReads } from './damaged-reads.js';
import { type Figure, tableHead, tableRow } from './figure.js';
import { histories } from './histories.js';
import { ioFaults } from './io-faults.js';
import { powerCuts } from './power-cut.js';
import { soak } from './soak.js';

const campaigns: Readonly<Record<string, (extent: BadInputsExtent) => Promise<Figure>>> = {
  'crash-points': crashPoints,
  'io-faults': ioFaults,
  histories,
  'power-cut': powerCuts,
  'bad-inputs': badInputs,
  'damaged-reads': damagedReads,
  soak,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    trials: { type: 'string' },
    minutes: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
});
const [name = ''] = positionals;
const campaign = campaigns[name];
if (campaign === undefined) {
  throw new Error(`There is no campaign "${name}". Name one of: ${Object.keys(campaigns).join(', ')}.`);
}
const figure = await campaign({
  seed: Number(values.seed ?? 1),
  trials: Number(values.trials ?? Number.POSITIVE_INFINITY),
  minutes: values.minutes === undefined ? undefined : Number(values.minutes),
  path: values.path,
  onProgress: (line) => process.stderr.write(`${line}\n`),
});
for (const problem of figure.problems) process.stdout.write(`${problem}\n`);
process.stdout.write(
  `${JSON.stringify(figure.details)}, ${figure.seconds} s\n${tableHead}\n${tableRow(figure)}\n`,
);
process.exitCode = figure.problems.length > 0 ? 1 : 0;
