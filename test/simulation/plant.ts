// Owns the proof that the simulation can fail: builds it with one mistake of `mistakes.ts` after the other and counts the worlds
// that each takes to be found. `node ... plant.js [--runs N] [--only NAME]`.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { mistakes } from './mistakes.js';

const { values } = parseArgs({ options: { runs: { type: 'string' }, only: { type: 'string' } } });
const tsup = createRequire(`${process.cwd()}/package.json`).resolve('tsup/dist/cli-default.js');
const out = 'packages/core/node_modules/.cache/tailrace-simulation-planted';
let survived = 0;

for (const { name } of mistakes) {
  if (values.only !== undefined && values.only !== name) continue;
  const env = { ...process.env, TAILRACE_PLANT: name, TAILRACE_PLANT_OUT: out };
  const built = spawnSync(process.execPath, [tsup, '--config', 'test/simulation/tsup.config.ts'], {
    env,
    encoding: 'utf8',
  });
  if (built.status !== 0) throw new Error(`'${name}' could not be planted: ${built.stderr}`);
  const ran = spawnSync(process.execPath, [`${out}/main.js`, '--json', '--runs', values.runs ?? '20000'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const worlds = /"worlds":(\d+)/.exec(ran.stdout)?.[1];
  const harm = /breaks the promise:\n {2}([a-z ]+):/.exec(ran.stdout)?.[1];
  if (harm === undefined) survived += 1;
  console.log(`| ${name} | ${harm === undefined ? `not in ${worlds}` : worlds} | ${harm ?? '-'} |`);
}
process.exitCode = survived > 0 ? 1 : 0;
