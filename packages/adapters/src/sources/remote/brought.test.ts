import { PlanError, TailraceError, ValueError } from '@tailrace/core';
import { expect, it } from 'vitest';
import { namedAs } from './brought.js';

it('what is said of a scratch file is said of its URL, whatever signs that has, and stays of its class', () => {
  const init = { operation: 'read file', context: { path: '/tmp/x/a' } };
  const made = [
    new ValueError("'/tmp/x/a' is odd", init),
    new PlanError("'/tmp/x/a' is odd", init),
    new TailraceError("'/tmp/x/a' is odd", { ...init, code: 'SOURCE_FAILED' }),
  ];
  for (const error of made) {
    const named = namedAs("s3://b/$&$'a", '/tmp/x/a', error);
    expect(named).toMatchObject({
      message: "'s3://b/$&$'a' is odd",
      code: error.code,
      context: { path: "s3://b/$&$'a" },
    });
    expect(named).toBeInstanceOf(error.constructor);
    expect(named).toHaveProperty('name', error.name);
  }
});
