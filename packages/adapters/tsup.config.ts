import type { Options } from 'tsup';

const publicEntries = {
  'sources/index': 'src/sources/index.ts',
  'terminal/index': 'src/terminal/index.ts',
};

const options: Options = {
  entry: publicEntries,
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
