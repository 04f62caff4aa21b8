// Owns how a suite becomes tests of a runner, and the badge that says how they ended.
import { caseTimeoutMs, type TestRunner } from './runner.js';

/** Version of the set of cases: a badge tells by which one an adapter was tested. Raised whenever a case is added. */
export const kitVersion = '1.1.0';

/** What the suite found, as plain data for a README or a file in CI. */
export interface Badge {
  /** The `kitVersion` it was tested by. */
  readonly kit: string;
  readonly kind: 'format' | 'store' | 'sink';
  /** The `name` of the subject. */
  readonly adapter: string;
  /** What the subject says that it can do beyond what all must. */
  readonly capabilities: readonly string[];
  /** Cases of the suite; `passed` and `failed` add up to it once all have run. */
  readonly cases: number;
  readonly passed: number;
  /** Names of the cases that failed. */
  readonly failed: readonly string[];
}

/** A declared suite. */
export interface Suite {
  /** How it stands now. All cases have run when `passed` and `failed` add up to `cases`. */
  badge(): Badge;
}

/** What every subject may have. */
export interface SubjectOptions {
  /**
   * Called once, when every case has run; not when the runner was told to leave some out. Write the badge where you
   * like: `onEnd: (badge) => console.log(JSON.stringify(badge))`.
   */
  readonly onEnd?: ((badge: Badge) => void) | undefined;
}

export interface Case {
  /** Reads on from the heading: `shows nothing before the commit and everything after`. */
  readonly name: string;
  run(): Promise<void>;
}

interface SuiteInit extends SubjectOptions, Pick<Badge, 'kind' | 'adapter' | 'capabilities'> {
  readonly cases: readonly Case[];
}

/** Declares one test for each case, and counts how they end. */
export function declareSuite(runner: TestRunner, init: SuiteInit): Suite {
  const { kind, adapter, capabilities, cases, onEnd } = init;
  const failed: string[] = [];
  let passed = 0;
  const badge = (): Badge => ({
    kit: kitVersion,
    kind,
    adapter,
    capabilities,
    cases: cases.length,
    passed,
    failed: [...failed],
  });
  runner.describe(`${adapter} is a ${kind} that`, () => {
    for (const { name, run } of cases) {
      const body = async (): Promise<void> => {
        try {
          await run();
          passed += 1;
        } catch (error) {
          failed.push(name);
          throw error;
        } finally {
          if (passed + failed.length === cases.length) onEnd?.(badge());
        }
      };
      runner.it(name, body, caseTimeoutMs);
    }
  });
  return { badge };
}

/** A case that failed, and why. */
export interface Failure {
  readonly name: string;
  readonly error: unknown;
}

/**
 * Runs a suite without a test runner, one case after the other, and resolves with what failed: for scripts, and for tests
 * that want a case to fail. `await failuresOf((runner) => testStore(runner, subject))`.
 * @param only the name of a case: the others are left out
 * @throws RangeError when no case has that name
 */
export async function failuresOf(
  declare: (runner: TestRunner) => unknown,
  only?: string,
): Promise<readonly Failure[]> {
  const cases: Case[] = [];
  declare({ describe: (_, body) => body(), it: (name, run) => cases.push({ name, run }) });
  const chosen = cases.filter(({ name }) => only === undefined || name === only);
  if (chosen.length === 0) throw new RangeError(`The suite has no case "${only ?? ''}".`);
  const failures: Failure[] = [];
  for (const { name, run } of chosen) {
    try {
      await run();
    } catch (error) {
      failures.push({ name, error });
    }
  }
  return failures;
}
