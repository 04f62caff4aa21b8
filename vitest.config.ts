import { configDefaults, type ViteUserConfig } from 'vitest/config';

// Built packages are loaded by Node itself, as users load them. Their classes are not those of src: compare errors by code.
const server = { deps: { external: [/\/packages\/[^/]+\/dist\//] } };

const config: ViteUserConfig = {
  test: {
    globalSetup: ['./test/support/build.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'examples/*/**/*.test.ts',
            'test/campaign/**/*.test.ts',
            'test/mutation/**/*.test.ts',
          ],
          // These need the descriptors of Spark's messages, which a machine with Node alone does not have.
          exclude: [...configDefaults.exclude, 'packages/adapters/src/spark/**/*.{grpc,server}.test.ts'],
          testTimeout: 10_000,
          server,
        },
      },
      {
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.test.ts'],
          testTimeout: 30_000,
          server,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          server,
        },
      },
      {
        test: {
          name: 'bench',
          include: ['test/bench/**/*.test.ts'],
          globalSetup: ['./test/bench/build-for-tests.ts'],
          testTimeout: 120_000,
          server,
        },
      },
      {
        test: {
          name: 'simulation',
          include: ['test/simulation/**/*.test.ts'],
          testTimeout: 600_000,
          server,
        },
      },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: './test/types/tsconfig.json',
          },
        },
      },
      {
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          globalSetup: ['./test/support/require-root.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          server,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['./test/support/require-chromium.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          // A page has its own processes, which a busy machine leaves without a turn for seconds.
          expect: { poll: { timeout: 90_000 } },
          fileParallelism: false,
          server,
        },
      },
      {
        test: {
          name: 'figures',
          include: ['test/browser/**/*.figures.ts'],
          globalSetup: ['./test/support/require-chromium.ts'],
          hookTimeout: 120_000,
          server,
        },
      },
      {
        test: {
          name: 'soak',
          include: ['test/soak/**/*.test.ts'],
          testTimeout: 300_000,
          fileParallelism: false,
          server,
        },
      },
      {
        test: {
          name: 'interop',
          include: ['test/interop/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          server,
        },
      },
      {
        test: {
          name: 'java',
          include: ['test/interop/java/*.test.ts'],
          testTimeout: 300_000,
          server,
        },
      },
      {
        test: {
          // The descriptors, and a server of our own on loopback: no Spark.
          name: 'spark-client',
          include: ['packages/adapters/src/spark/**/*.grpc.test.ts'],
          testTimeout: 30_000,
          server,
        },
      },
      {
        test: {
          name: 'spark',
          include: ['packages/adapters/src/spark/**/*.server.test.ts', 'test/spark/**/*.test.ts'],
          globalSetup: ['./test/spark/support/shared-server.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          server,
        },
      },
      {
        test: {
          name: 'azure',
          include: ['test/stores/azure/**/*.test.ts'],
          globalSetup: ['./test/stores/azure/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          server,
        },
      },
      {
        test: {
          name: 's3',
          include: ['test/stores/s3/**/*.test.ts'],
          globalSetup: ['./test/stores/s3/setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
          server,
        },
      },
    ],
    coverage: { include: ['packages/*/src/**/*.ts'] },
  },
};

export default config;
