import { fileURLToPath } from 'node:url';
import type { Plugin, ViteUserConfig } from 'vitest/config';
import { substitutedText } from './substitute.js';

const mutated: Plugin = {
  name: 'mutated file',
  enforce: 'pre',
  load: (id) => substitutedText(id.split('?')[0] ?? id),
};

// Unit tests with one file mutated. Worker threads load what is in dist, which is not mutated.
const config: ViteUserConfig = {
  root: fileURLToPath(new URL('../../', import.meta.url)),
  plugins: [mutated],
  test: {
    include: ['packages/*/src/**/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
    maxWorkers: 1,
    isolate: false,
    bail: 1,
    reporters: ['json'],
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  },
};

export default config;
