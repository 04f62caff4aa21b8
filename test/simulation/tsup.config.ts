import { readFileSync } from 'node:fs';
import type { Options } from 'tsup';
import { substitutedText } from '../mutation/substitute.js';
import { mistakes } from './mistakes.js';

const planted = mistakes.find(({ name }) => name === process.env.TAILRACE_PLANT);

// The simulation with core's sources in one file. It lies among core's modules, so that what core loads late is found.
const options: Options = {
  entry: { main: 'test/simulation/main.ts', plant: 'test/simulation/plant.ts' },
  outDir: process.env.TAILRACE_PLANT_OUT ?? 'packages/core/node_modules/.cache/tailrace-simulation',
  format: 'esm',
  platform: 'node',
  target: 'node20',
  noExternal: [/^(?!node:)/],
  external: ['apache-arrow'],
  splitting: false,
  sourcemap: true,
  silent: true,
  esbuildPlugins: [
    {
      name: 'planted mistake',
      setup(build) {
        build.onLoad({ filter: /packages[/\\]core[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
          const mutated = substitutedText(path);
          if (mutated !== undefined) return { contents: mutated, loader: 'ts' };
          if (planted === undefined) return undefined;
          if (!path.replaceAll('\\', '/').endsWith(`/core/src/${planted.file}`)) return undefined;
          const text = readFileSync(path, 'utf8');
          if (!text.includes(planted.find))
            throw new Error(`${planted.file} does not hold what is to be replaced`);
          return { contents: text.replace(planted.find, planted.put), loader: 'ts' };
        });
      },
    },
  ],
};

export default options;
