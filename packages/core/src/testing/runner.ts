// Owns what the conformance suites ask of a test runner. They assert with node:assert, so that any runner will do.

/**
 * What a suite is declared with: `{ describe, it }` of `vitest` or of `node:test`; jest's and mocha's do as well. The kit
 * imports neither, so that it runs under whichever the author has.
 */
export interface TestRunner {
  describe(name: string, body: () => void): unknown;
  /** The time limit is in milliseconds, where vitest and jest take it; node:test and mocha have none by default. */
  it(name: string, body: () => Promise<void>, timeoutMs?: number): unknown;
}

/** A case that starts processes takes seconds on a busy machine; none takes this long unless it hangs. */
export const caseTimeoutMs = 120_000;
