import { expect, it } from 'vitest';
import { answerError, failedFor } from './object-error.js';

const written = { path: 's3://bucket/a.csv', output: 'daily' };
const read = { path: 's3://bucket/a.csv', output: 'source', isRead: true };
const cause = new Error('SlowDown');

it('who writes is told of the output, and of what the run does about it', () => {
  const error = answerError({ kind: 'throttled', cause, isCertain: true }, 'write a.csv', written);
  expect(error.message).toBe(
    'Could not write a.csv of s3://bucket/a.csv: SlowDown. The store asks for less, or is in trouble, for longer than it was waited for. Run it later, or with fewer workers.',
  );
  expect(error.context).toEqual({ ...written, answer: 'throttled' });
});

it('who reads is told what to do about a read, which nobody tries again, and of no output', () => {
  const answers = [
    { kind: 'absent' },
    { kind: 'precondition' },
    { kind: 'throttled', cause, isCertain: true },
    { kind: 'ambiguous', cause },
    { kind: 'refused', cause },
  ] as const;
  for (const answer of answers) {
    const { message, context } = answerError(answer, 'read a.csv', read);
    expect(message).toMatch(/^Could not read a\.csv: /);
    expect(message).not.toMatch(/tried again|workers|two runs|written it/);
    // Whoever reads it says the path.
    expect(message).not.toContain(read.path);
    expect(context).toEqual({ path: read.path, answer: answer.kind });
  }
  expect(failedFor('it is damaged', read, 'read file').context).toEqual({ path: read.path });
});
