import type { Options } from 'tsup';

// Among core's modules, so that what it loads is found.
const options: Options = {
  entry: { main: 'test/mutation/main.ts', host: 'test/mutation/host.ts' },
  outDir: 'packages/core/node_modules/.cache/tailrace-mutation',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  external: ['typescript', 'vitest'],
  silent: true,
};

export default options;
