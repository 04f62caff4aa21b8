import { fileURLToPath } from 'node:url';
import type { Plugin, ViteUserConfig } from 'vitest/config';
import type { TestSequencer, TestSpecification } from 'vitest/node';
import { buildVariable, substitutedText, testOrderVariable } from './substitute.js';

const mutated: Plugin = {
  name: 'mutated file',
  enforce: 'pre',
  load: (id) => substitutedText(id.split('?')[0] ?? id),
};

/** Test files in the order in which they were named, so that the first failure is found soon. */
class NamedOrder implements TestSequencer {
  shard(files: TestSpecification[]): TestSpecification[] {
    return files;
  }

  sort(files: TestSpecification[]): TestSpecification[] {
    const order = (process.env[testOrderVariable] ?? '').split(',');
    const at = ({ moduleId }: TestSpecification): number =>
      order.findIndex((name) => moduleId.endsWith(name));
    return [...files].sort((one, other) => at(one) - at(other));
  }
}

/** A whole build of core with the mutation in it, for suites that see core from outside. */
const build = process.env[buildVariable];

// Tests with one file mutated. Of the unit tests' worker threads that is not so: they load what is in dist.
const config: ViteUserConfig = {
  root: fileURLToPath(new URL('../../', import.meta.url)),
  plugins: [mutated],
  resolve: {
    alias:
      build === undefined
        ? []
        : [{ find: /^@tailrace\/core\/(sink|testing)$/, replacement: `${build}/dist/$1/index.js` }],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'test/conformance/*.test.ts'],
    testTimeout: 20_000,
    pool: 'forks',
    // A mutation that loops may allocate for ever: it ends of that then, which counts as caught.
    execArgv: ['--max-old-space-size=1024'],
    maxWorkers: 1,
    isolate: false,
    bail: 1,
    reporters: ['json'],
    sequence: { sequencer: NamedOrder },
    server: { deps: { external: [/\/packages\/[^/]+\/dist\//] } },
  },
};

export default config;
