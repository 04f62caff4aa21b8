// Owns the comparison as a program, `npm run bench:spark`: the three rows of the article's table by its own pattern in Python and by
// Tailrace, in turns on one server, and the table that is made of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSpark } from '../support/server.js';
import { jobOf, ways } from './job.js';
import { type Order, type Outcome, rowsLeft, runPattern, runTailrace } from './programs.js';
import { queueWrites } from './queue.js';
import { noTimes, type Program, pairsOf, tableOf } from './table.js';

const programs: Record<Program, (order: Order) => Promise<Outcome>> = {
  pattern: runPattern,
  tailrace: runTailrace,
};

const { values } = parseArgs({
  options: {
    paths: { type: 'string', default: '24000' },
    steps: { type: 'string', default: '3000' },
    rounds: { type: 'string', default: '3' },
    queue: { type: 'string', default: '2000' },
    // A way to time; without it all of them.
    way: { type: 'string', multiple: true, default: [...ways] },
  },
});

const chosen = ways.filter((way) => values.way.includes(way));
const unknown = values.way.filter((way) => !ways.some((known) => known === way));
if (unknown.length > 0)
  throw new Error(`There is no way '${unknown.join("', '")}' of the job: take '${ways.join("', '")}'.`);

/** Runs a program, and holds what it left against the job. */
async function timed(program: Program, order: Order): Promise<number> {
  const { seconds, looks } = await programs[program](order);
  const rows = await rowsLeft(order);
  const steps = Number(looks.aggregation?.[0]);
  const wanted = { simulation: order.job.rows, transformation: order.job.rows, aggregation: steps };
  if (JSON.stringify(rows) !== JSON.stringify(wanted))
    throw new Error(`${program} has left ${JSON.stringify(rows)}, wanted are ${JSON.stringify(wanted)}.`);
  await rm(order.out, { recursive: true, force: true });
  return seconds;
}

/** The two larger tables are held whole. */
const memory = '6g';
const loads: number[] = [];
const server = await startSpark({ 'spark.driver.memory': memory });
const folder = await mkdtemp(join(tmpdir(), 'tailrace-spark-bench-'));
try {
  const { url } = server;
  const job = jobOf(Number(values.paths), Number(values.steps));
  const small = jobOf(100, 100);
  const times = noTimes();
  for (const program of Number(values.rounds) > 0 ? (['pattern', 'tailrace'] as const) : [])
    for (const way of chosen) await timed(program, { url, out: join(folder, 'warm'), job: small, way });
  for (let round = 0; round < Number(values.rounds); round += 1) {
    for (const way of chosen) {
      // Each is first in every other round.
      const order: readonly Program[] = round % 2 === 0 ? ['pattern', 'tailrace'] : ['tailrace', 'pattern'];
      for (const program of order) {
        const seconds = await timed(program, { url, out: join(folder, `${round}`), job, way });
        times[way][program].push(seconds);
        const [load = 0] = loadavg();
        loads.push(load);
        console.error(`${round + 1}  ${way.padEnd(22)} ${program.padEnd(9)} ${seconds.toFixed(1)} s`);
      }
    }
  }
  if (Number(values.rounds) > 0) {
    console.log(`${tableOf(times)}\n\n${pairsOf(times)}`);
    console.log(
      `\n${job.rows.toLocaleString('en')} rows in the first two tables; ${values.rounds} rounds; median (least – most); ${availableParallelism()} cores, Spark with \`local[2]\` and ${memory} of memory; load average ${Math.min(...loads).toFixed(1)} to ${Math.max(...loads).toFixed(1)} (the comparison itself is about 3).`,
    );
  }
  if (Number(values.queue) > 0)
    console.log(await queueWrites(server, join(folder, 'queue'), Number(values.queue)));
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
