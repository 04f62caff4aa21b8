import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saidError, saidText } from './said-error.js';

describe('a message that leaves the process', () => {
  it.each([
    ['cannot reach s3://AKIA:s3cr3t@bucket/key', 's3cr3t'],
    ['PUT https://acc.blob.core.windows.net/c/f?sv=2024&sig=s3cr3t%3D failed', 's3cr3t'],
    ['refused: Authorization: Bearer s3cr3ts3cr3t', 's3cr3t'],
    ['refused: authorization="Basic s3cr3tPlus=="', 's3cr3t'],
    ['AccountName=a;AccountKey=s3cr3t;EndpointSuffix=core', 's3cr3t'],
    ['{"password":"s3cr3t of spaces","user":"me"}', 's3cr3t'],
    ['aws_secret_access_key = s3cr3t', 's3cr3t'],
    ['postgres://me:s3cr3t@localhost:5432/db is down', 's3cr3t'],
    ['at ftp://me:p@s3cr3t@host/x', 's3cr3t'],
    ['at s3://AKIA:p/s3cr3t@bucket/key', 's3cr3t'],
    ['BlobEndpoint=https://a.example;SharedAccessSignature=sv=2024&ss=b&sig=s3cr3t%3D', 's3cr3t'],
    ['PUT /container/blob?sv=2024&sig=s3cr3t%3D failed', 's3cr3t'],
    ['sv=2024&sig=s3cr3t%3D', 's3cr3t'],
    ['Server=db;Uid=me;Pwd=s3cr3t;', 's3cr3t'],
    ['DB_PWD=p&s3cr3t, and more', 's3cr3t'],
    ['{"body":"{\\"password\\":\\"p s3cr3t\\"}"}', 's3cr3t'],
    ['{"password":"p\\"s3cr3t"}', 's3cr3t'],
    ['password="of a text that is cut: s3cr3t', 's3cr3t'],
  ])('has no credentials: %s', (text, secret) => {
    expect(saidText(text)).not.toContain(secret);
  });

  it('is otherwise what it was', () => {
    const text =
      "EACCES: permission denied, open '/data/out/routes/part-0.parquet' (3 of 4, https://example.org/docs)";
    expect(saidText(text)).toBe(text);
  });

  it('ends after 1,024 characters, and hides the password of any address', () => {
    const word = fc.stringMatching(/^[a-z0-9._~-]{1,20}$/);
    fc.assert(fc.property(fc.string({ maxLength: 6_000 }), (text) => saidText(text).length <= 1_024));
    fc.assert(
      fc.property(word, word, word, (user, password, host) => {
        const secret = `<${password}>`;
        expect(saidText(`at ftp://${user}:${secret}@${host}/x`)).not.toContain(secret);
      }),
    );
  });
});

describe('what is said of an error', () => {
  it('is where a value stands, not the value', () => {
    const error = {
      code: 'VALUE_INVALID',
      message: 'Stage "raw", row 7: expected int32, but "4111 1111" came.',
      context: { stage: 'raw', row: 7, column: 'card', received: 'string' },
    };
    expect(saidError(error, true)).toEqual({
      code: 'VALUE_INVALID',
      message: 'A value does not fit: stage raw, row 7, column card.',
    });
  });

  it('is where a line of a file stands, not the line', () => {
    const error = {
      code: 'SOURCE_FAILED',
      message: `'in/cards.ndjson' has no JSON value on line 7: "{\\"card\\": 4111 1111" (SyntaxError: "4111 1111").`,
      context: { path: 'in/cards.ndjson', line: 7 },
    };
    expect(saidError(error, true)).toEqual({
      code: 'SOURCE_FAILED',
      message: 'What was read is wrong: path in/cards.ndjson, line 7.',
    });
  });

  it('is the whole message where a file is missing', () => {
    const error = { code: 'SOURCE_FAILED', message: "Cannot open 'x.csv'", context: { path: 'x.csv' } };
    expect(saidError(error, true)).toEqual({ code: 'SOURCE_FAILED', message: "Cannot open 'x.csv'" });
  });

  it('is its code alone where messages are not to be told', () => {
    expect(saidError({ code: 'STORE_FAILED', message: 'x' }, false)).toEqual({
      code: 'STORE_FAILED',
      message: 'STORE_FAILED',
    });
    expect(saidError('x', false)).toEqual({ code: 'UNKNOWN', message: 'UNKNOWN' });
  });

  it('is something for whatever was thrown', () => {
    expect(saidError(undefined, true)).toBeUndefined();
    expect(saidError(new RangeError('too far'), true)).toEqual({ code: 'RangeError', message: 'too far' });
    expect(saidError(7, true)).toEqual({ code: 'UNKNOWN', message: '7' });
  });
});
