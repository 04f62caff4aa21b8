// Owns the program behind `npm run build:spark`: it puts Spark's descriptors into `dist`, or says what is missing. With
// `--if-possible` a build goes on without them.
import { resolve } from 'node:path';
import { placeDescriptors } from './published-package.js';

// npm runs the program in the folder of its package.
const [dist, cache] = [resolve('dist/spark'), resolve('node_modules/.cache/tailrace-spark')];

try {
  await placeDescriptors(dist, cache);
} catch (error) {
  const isNeeded = !process.argv.includes('--if-possible');
  const problem = error instanceof Error ? error.message : String(error);
  console.error(
    `${problem}\n@tailrace/adapters/spark does not work in this ` +
      `build${isNeeded ? '.' : ', and npm does not publish it; all else does.'}`,
  );
  if (isNeeded) process.exitCode = 1;
}
