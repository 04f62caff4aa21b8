import { describe, expect, it } from 'vitest';
import { expectLinear } from '../../secrets/testing/growth.js';
import { openText } from './plan-secrets.js';

describe('a text of a plan', () => {
  it.each([
    [`OPTIONS (password 's3cr3t', header 'true')`, `OPTIONS (password ***, header 'true')`],
    [`OPTIONS ("fs.s3a.secret.key" "s3cr3t")`, `OPTIONS ("fs.s3a.secret.key" ***)`],
    ['jdbc:oracle:thin:me/s3cr3t@db or :thin:you/s3c/r3t@db', 'jdbc:oracle:thin:***@db or :thin:***@db'],
    [`EXECUTE IMMEDIATE 'OPTIONS (password "s3cr3t")'`, `EXECUTE IMMEDIATE 'OPTIONS (password ***)'`],
    [`SELECT 'primary_key', "token" FROM key`, `SELECT 'primary_key', "token" FROM key`],
  ])('%s may be written down as %s', (text, open) => {
    expect(openText(text)).toBe(open);
  });

  it.each(['key', 'key ', `key '`, 'key "', `key '\\`, ':thin:', ':thin:/', ':thin:a/ '])(
    'is looked through in time that grows as its length: %s',
    (piece) => expectLinear(openText, piece),
  );
});
