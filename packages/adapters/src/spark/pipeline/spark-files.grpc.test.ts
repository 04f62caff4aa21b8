// What outputs of Spark ask of memory. As built, since the module of the sink is: both then are of one copy.
import {
  connectSpark,
  frames,
  materialiseFrame,
  type SparkSession,
  sparkFiles,
} from '@tailrace/adapters/spark';
import { pipeline } from '@tailrace/core';
import { afterEach, expect, it } from 'vitest';
import { type FakeServer, startFake } from '../testing/fake-server.js';

let server: FakeServer | undefined;
let spark: SparkSession | undefined;

afterEach(async () => {
  await spark?.close();
  await server?.close();
});

it('outputs ask for little memory: four hundred of one run find room in 64 MiB', async () => {
  server = await startFake();
  const session = await connectSpark(server.url, { onWarning: () => {} });
  spark = session;
  const declared = pipeline('many', (flow) => {
    const rows = flow.source(
      'rows',
      frames(session, (from) => from.range(3)),
    );
    const held = flow.stage('held', rows, materialiseFrame());
    for (let at = 0; at < 400; at += 1) flow.write(`output ${at}`, held, sparkFiles(session, `/out/${at}`));
  });
  // Where there is no room the run is refused here.
  const run = declared.run({ workers: 2, memory: '64MiB' });
  run.abort();
  const { outputs } = await run.settled;
  expect(new Set(outputs.map(({ state }) => state))).toEqual(new Set(['cancelled']));
});
