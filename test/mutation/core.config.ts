// Owns the build of core as it is published, worker threads and child processes included, with one file mutated.
import { join } from 'node:path';
import type { Options } from 'tsup';
import core from '../../packages/core/tsup.config.js';
import { buildVariable, substitutedText } from './substitute.js';

const options: Options = {
  ...core,
  outDir: join(process.env[buildVariable] ?? '.', 'dist'),
  dts: false,
  sourcemap: false,
  esbuildPlugins: [
    {
      name: 'mutated file',
      setup(build) {
        build.onLoad({ filter: /packages[/\\]core[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
          const contents = substitutedText(path);
          return contents === undefined ? undefined : { contents, loader: 'ts' };
        });
      },
    },
  ],
};

export default options;
