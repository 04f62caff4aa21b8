// Owns one vitest that stays alive from mutation to mutation: it runs the test files that it is told, and says what failed first.
import { basename, join } from 'node:path';
import { createVitest, type TestModule } from 'vitest/node';
import { testOrderVariable } from './substitute.js';

/** From the process that started it. */
export interface RunTests {
  /** Relative to the root of the repository, in the order in which they are to run. */
  readonly files: readonly string[];
  /** Absolute paths that are mutated now, or were before. */
  readonly changed: readonly string[];
}

/** The answer to each `RunTests`; and once, without anything in it, when it is ready. */
export interface TestsRan {
  /** The first test that failed, or what else went wrong. */
  readonly failed?: string | undefined;
  /** Milliseconds by test file; of all of them when none failed. */
  readonly durations: Readonly<Record<string, number>>;
}

const root = process.cwd();
const vitest = await createVitest('test', {
  root,
  config: 'test/mutation/vitest.config.ts',
  watch: false,
  // Nobody reads along: the answer says what there is to say.
  reporters: [{}],
});
const [project] = vitest.projects;
if (project === undefined) throw new Error('test/mutation/vitest.config.ts names no project');

function firstFailure(module: TestModule): string | undefined {
  for (const test of module.children.allTests('failed')) return test.fullName;
  if (module.state() !== 'failed') return undefined;
  const message = module.errors()[0]?.message ?? 'no reason is known';
  return `${basename(module.moduleId)} cannot be loaded: ${message.slice(0, 120)}`;
}

async function run({ files, changed }: RunTests): Promise<TestsRan> {
  for (const path of changed) vitest.invalidateFile(path);
  process.env[testOrderVariable] = files.join(',');
  const chosen = files
    .map((file) => project?.createSpecification(join(root, file)))
    .filter((one) => one !== undefined);
  const { testModules: known, unhandledErrors } = await vitest.runTestSpecifications(chosen);
  // Vitest also answers with the files of earlier runs, as they ended then.
  const testModules = known.filter(({ moduleId }) => chosen.some((one) => one.moduleId === moduleId));
  const durations = Object.fromEntries(
    testModules.map((module) => [module.relativeModuleId, Math.round(module.diagnostic().duration)]),
  );
  const failed = testModules.map(firstFailure).find((one) => one !== undefined);
  if (failed !== undefined) return { failed, durations };
  return unhandledErrors.length === 0
    ? { durations }
    : { failed: `an unhandled error: ${String(unhandledErrors[0]).slice(0, 120)}`, durations };
}

process.on('message', (message: RunTests) => {
  run(message).then(
    (ran) => process.send?.(ran),
    (error: unknown) => process.send?.({ failed: `vitest failed: ${String(error)}`, durations: {} }),
  );
});
// Who started this has died. Workers that loop would live on: the whole group ends, this process with it.
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
process.send?.({ durations: {} } satisfies TestsRan);
