import type { Options } from 'tsup';

// The simulation with core's sources in one file. It lies among core's modules, so that what core loads late is found.
const options: Options = {
  entry: { main: 'test/simulation/main.ts' },
  outDir: 'packages/core/node_modules/.cache/tailrace-simulation',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  noExternal: [/^(?!node:)/],
  external: ['apache-arrow'],
  splitting: false,
  sourcemap: true,
  silent: true,
};

export default options;
