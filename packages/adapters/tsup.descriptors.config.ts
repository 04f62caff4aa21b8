import type { Options } from 'tsup';

// The program that takes Spark's descriptors from its published package. It is no part of what is published.
const options: Options = {
  entry: { 'place-descriptors': 'src/spark/descriptors/place.ts' },
  outDir: 'node_modules/.cache/tailrace-spark',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  clean: false,
  silent: true,
};

export default options;
