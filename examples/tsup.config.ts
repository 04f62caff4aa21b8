import type { Options } from 'tsup';

// Files are transpiled one by one, so that the URL of a worker module relative to its importer stays right in dist.
const options: Options = {
  entry: ['[0-9]*/**/*.ts', '!**/*.test.ts'],
  bundle: false,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  clean: true,
  silent: true,
};

export default options;
