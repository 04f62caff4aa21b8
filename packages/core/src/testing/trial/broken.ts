// Owns what a deliberately broken adapter is.

/** An adapter with one mistake, and the case that has to find it. */
export interface BrokenAdapter<Subject> {
  /** What it does wrong: `publishesEarly`. */
  readonly fault: string;
  /** Name of the case of the suite that must fail. Others may fail, too. */
  readonly caughtBy: string;
  /** To be handed to `testStore`, `testFormat` or `testSink`. */
  readonly subject: Subject;
}
