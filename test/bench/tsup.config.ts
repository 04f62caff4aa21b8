import type { Options } from 'tsup';

// Files are transpiled one by one: contenders are modules that child processes load by their own URL.
const options: Options = {
  entry: ['{harness,page,data,cases,contenders}/**/*.ts', '{main,options,run-bench}.ts', '!**/*.test.ts'],
  bundle: false,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  clean: true,
  silent: true,
};

export default options;
