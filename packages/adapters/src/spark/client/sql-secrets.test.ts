import { describe, expect, it } from 'vitest';
import { expectLinear } from '../../secrets/testing/growth.js';
import { withoutSqlSecrets } from './sql-secrets.js';

describe('what Spark says of SQL', () => {
  it.each([
    [
      `== SQL ==\nCREATE ... OPTIONS (user 'me', password 's3cr3t')`,
      `== SQL ==\nCREATE ... OPTIONS (user 'me', password ***)`,
    ],
    [`OPTIONS (\n  PASSWORD   's3c\\'r3t', header 'true')`, `OPTIONS (\n  PASSWORD   ***, header 'true')`],
    [
      `("fs.s3a.secret.key" = "s3cr3t", 'sas-token' "s3cr3t")`,
      `("fs.s3a.secret.key" = ***, 'sas-token' ***)`,
    ],
    [`OPTIONS (accessKey 's3cr3t (1), 2' , a 'b')`, `OPTIONS (accessKey *** , a 'b')`],
    [`OPTIONS (user 'me', password 's3cr3...`, `OPTIONS (user 'me', password ***`],
    [`OPTIONS (password='s3cr3t')`, `OPTIONS (password=***)`],
    [
      `== SQL ==\nCREATE ... OPTIONS (user 'me' password 's3cr3t')`,
      `== SQL ==\nCREATE ... OPTIONS (user 'me' password ***)`,
    ],
    [
      `== SQL (line 1) ==\nOPTIONS password r's3cr3t' a 'b'`,
      `== SQL (line 1) ==\nOPTIONS password *** a 'b'`,
    ],
    [`OPTIONS (password = 's3c\\'r3t', a 'b')`, `OPTIONS (password = ***, a 'b')`],
    [`OPTIONS (password 's3c''r3t', a 'b')`, `OPTIONS (password ***, a 'b')`],
    ['No driver for jdbc:oracle:thin:me/s3cr3t@db', 'No driver for jdbc:oracle:thin:***@db'],
  ])('%s is told as %s', (said, told) => {
    expect(withoutSqlSecrets(said)).toBe(told);
  });

  it.each([
    `[MAP_KEY_DOES_NOT_EXIST] Key 'a' does not exist. Use try_element_at('a', key)`,
    `Unrecognized token 'abc': was expecting (JSON String, Number, 'true')`,
    `[UNRESOLVED_COLUMN] A column "token" cannot be resolved: [primary_key, "secret", 'id']`,
  ])('is told as it is where there are no credentials: %s', (said) => {
    expect(withoutSqlSecrets(said)).toBe(said);
  });

  it.each([
    '(',
    ', ',
    ',key',
    ',key ',
    `,key '`,
    `,key = "`,
    `(key '\\`,
    `,"`,
    ',keykeykeykeykeykey',
    `== SQL key '`,
    `== SQL key 'a'' `,
    '== SQL key = ',
    ':thin:',
    ':thin:/',
    ':thin:a/ ',
  ])('is looked through in time that grows as its length: %s', (piece) =>
    expectLinear(withoutSqlSecrets, piece),
  );
});
