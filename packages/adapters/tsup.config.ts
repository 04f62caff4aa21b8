import type { Options } from 'tsup';

const publicEntries = {
  'azure-blob/index': 'src/azure-blob/index.ts',
  's3/index': 'src/s3/index.ts',
  'sources/index': 'src/sources/index.ts',
  'spark/index': 'src/spark/index.ts',
  'spark/functions/index': 'src/spark/functions/index.ts',
  'terminal/index': 'src/terminal/index.ts',
  'inspector/index': 'src/inspector/index.ts',
  'telemetry/opentelemetry/index': 'src/telemetry/opentelemetry/index.ts',
  'telemetry/prometheus/index': 'src/telemetry/prometheus/index.ts',
  'telemetry/log/index': 'src/telemetry/log/index.ts',
};

/** What is started by its path: a program, and modules of sinks and stores in threads. */
const startedEntries = {
  'azure-blob/module': 'src/azure-blob/module.ts',
  's3/module': 'src/s3/module.ts',
  'inspector/cli': 'src/inspector/cli.ts',
  'spark/pipeline/module': 'src/spark/pipeline/module.ts',
};

const library: Options = {
  entry: { ...publicEntries, ...startedEntries },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  splitting: true,
  sourcemap: true,
  // Only what this one makes: the page is built beside it at the same time.
  clean: ['**/*', '!inspector/page/**'],
  dts: { entry: publicEntries },
  silent: true,
};

/** What the inspector hands out to browsers: one script and one style sheet, everything within. */
const page: Options = {
  entry: { page: 'src/inspector/page/page.tsx' },
  outDir: 'dist/inspector/page',
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  noExternal: [/.*/],
  tsconfig: 'src/inspector/page/tsconfig.json',
  splitting: false,
  minify: true,
  clean: false,
  dts: false,
  silent: true,
};

const options: Options[] = [library, page];

export default options;
