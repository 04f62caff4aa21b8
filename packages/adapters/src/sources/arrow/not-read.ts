// Owns the error of messages that may be as their writer made them, and that are not read all the same: another limit, or another
// writer, helps, and fetching the file again does not.

/** Its message ends a sentence about the message of the file, and says what to do. */
export class NotRead extends Error {
  override readonly name = 'NotRead';

  constructor(
    problem: string,
    readonly context: Readonly<Record<string, number>> = {},
  ) {
    super(problem);
  }
}
