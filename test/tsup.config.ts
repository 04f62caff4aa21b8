import type { Options } from 'tsup';

// Node 20 loads no TypeScript in worker threads, so the sinks, formats and stores that tests hand to them are built:
// support/modules/broken-sink.ts is resolved as '#modules/broken-sink'. Campaigns, and the programs that they start, are built too, and so is the
// comparison with the pattern on Spark.
const options: Options = {
  entry: [
    'support/**/*.ts',
    'campaign/**/*.ts',
    'simulation/dice.ts',
    'spark/{bench,programs}/*.ts',
    'spark/support/{install,server,slow-tables,staged-job}.ts',
  ],
  bundle: false,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  clean: true,
  silent: true,
};

export default options;
