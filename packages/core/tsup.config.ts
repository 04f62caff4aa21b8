import type { Options } from 'tsup';

const publicEntries = {
  index: 'src/index.ts',
  'sink/index': 'src/sink/index.ts',
  'store/objects/index': 'src/store/objects/index.ts',
  'testing/index': 'src/testing/index.ts',
};

const workerEntries = {
  'worker/main': 'src/worker/main.ts',
  'worker/inline': 'src/worker/inline.ts',
  'store/local/module': 'src/store/local/module.ts',
  'sink/file/module': 'src/sink/file/module.ts',
  'testing/crash-child': 'src/testing/crash-child.ts',
  'testing/trial/store/module': 'src/testing/trial/store/module.ts',
  'testing/trial/format/module': 'src/testing/trial/format/module.ts',
  'testing/trial/sink/module': 'src/testing/trial/sink/module.ts',
};

const options: Options = {
  entry: { ...publicEntries, ...workerEntries },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  splitting: true,
  sourcemap: true,
  clean: true,
  dts: { entry: publicEntries },
  silent: true,
};

export default options;
