import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectLinear } from './testing/growth.js';
import { withoutSecrets } from './without-secrets.js';

describe('a text without credentials', () => {
  it.each([
    ['s3://me:s3cr3t@host/x', 's3://***@host/x'],
    ['s3://me@host/x and ftp://you:s3cr3t@host', 's3://***@host/x and ftp://***@host'],
    ['redis://:s3cr/e@t@host:80/x', 'redis://***@host:80/x'],
    ['http://host:80/a@b', 'http://host:80/a@b'],
    ['https://host/a@b', 'https://host/a@b'],
    // An `@` in a password, and in a user.
    ['postgres://u:p@ss@word@h/db', 'postgres://***@h/db'],
    ['https://me@corp@host/x@y', 'https://***@host/x@y'],
    ['redis://me:s3@cr/e@t@host:80/x', 'redis://***@host:80/x'],
    ['redis://:s3@c?r#e@t@host/x', 'redis://***@host/x'],
    ['https://me@corp:s3c/r3t@host/x', 'https://***@host/x'],
    ['https://me@host:80/a@b', 'https://***@host:80/a@b'],
    ["redis://me:p'a@ss@host/x", 'redis://***@host/x'],
    ["redis://me:p'ss@w@host/x", 'redis://***@host/x'],
    ['a://u:p://w@h/x', 'a://***@h/x'],
    ['postgres://me:P@ss"w0rd@host/db', 'postgres://***@host/db'],
    ["postgres://me:P@ss'w0rd'x@host/db", 'postgres://***@host/db'],
    ['"a://u:p@h","b@c"', '"a://***@h","b@c"'],
    // Several addresses of one word.
    ['a://u:p@h1,b://u:p@h2/x@y', 'a://***@h1,b://***@y'],
    ['a://u:p@ss@h1/x|b://h2:80,c://u@h3', 'a://***@h1/x|b://h2:80,c://***@h3'],
    ['{"a":"a://h:80","b":"me@h"}', '{"a":"a://h:80","b":"me@h"}'],
    // Properties.
    ['jdbc:sqlserver://h;password=p@ss', 'jdbc:sqlserver://h;password=***'],
    [
      'jdbc:sqlserver://h:1/x;user=me@corp;password={p;@ss};a=b',
      'jdbc:sqlserver://h:1/x;user=me@corp;password=***;a=b',
    ],
    ['jdbc:sqlserver://h;proxy=me:pw@proxy:80', 'jdbc:sqlserver://***@proxy:80'],
    ['jdbc:mysql://u:12345;abc@host/db', 'jdbc:mysql://***@host/db'],
    ['Server=h;PWD={pa}}ss;word};a=b', 'Server=h;PWD=***;a=b'],
    ['DB_PASSWORD={x}Y7secret and', 'DB_PASSWORD=*** and'],
    ['"token":{"type":{"v":1},"value":"abc123"} x', '"token":*** x'],
    ['tds://h:1;a=b;password=p@s:s', 'tds://h:1;a=b;password=***'],
    ['redis://u;a=b:p@h;password=x@y', 'redis://***@y'],
    ['jdbc:mysql://u:p;x=@s@h/x', 'jdbc:mysql://***@h/x'],
    [`see 'a://u:s3cr3t@h' and "b://u:s3cr3t@h"`, `see 'a://***@h' and "b://***@h"`],
    ['https://h/x?sig=1 y', 'https://h/x?*** y'],
    ['https://h/x#a?b c', 'https://h/x#a?b c'],
    ['x?y://h?s3cr3t', 'x?y://h?***'],
    ['is it so? ://', 'is it so? ://'],
    ['/x?sig=1', '/x?***'],
  ])('%s is %s', (text, clean) => {
    expect(withoutSecrets(text)).toBe(clean);
  });

  const id = 'AKIAIOSFODNN7EXAMPLE';
  const key = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const header = 'eyJhbGciOiJIUzI1NiJ9';
  it.each([
    // JSON Web Tokens: signed, without a signature, encrypted, and behind a line break that JSON has written.
    [`it said ${header}.eyJzdWIiOiIxIn0.s3cr3t-_ and no more`, 'it said *** and no more'],
    [`${header}.eyJzdWIiOiIxIn0.`, '***'],
    [`(${header}..aXY.Y2lwaGVy.dGFn)`, '(***)'],
    [String.raw`{"body":"a\n${header}.eyJzdWIiOiIxIn0.s3cr3t"}`, String.raw`{"body":"a\n***"}`],
    // Keys of AWS.
    [`with ${id}, of bucket b`, 'with ***, of bucket b'],
    [`${id}:${key} and ${id.replace('AK', 'AS')} "${key}x"`, `*** and *** "${key}x"`],
    [`["${id}","${key}"]`, '["***"]'],
    // Headers.
    ['Cookie: sid=s3cr3t; theme=dark\r\nHost: h', 'Cookie: ***\r\nHost: h'],
    ['set-cookie: sid=s3cr3t; Expires=Wed, 21 Oct 2015 07:28:00 GMT\nHost: h', 'set-cookie: ***\nHost: h'],
    ['Cookie: a="s3cr3t b"; c=s3cr3t\nHost: h', 'Cookie: ***\nHost: h'],
    [`curl -H 'Cookie: a=s3cr3t; b="c d"' https://h/x`, `curl -H 'Cookie: ***' https://h/x`],
    [`curl -H "Cookie: a=s3cr3t; b=c" https://h/x`, 'curl -H "Cookie: ***" https://h/x'],
    ['{"cookie":"sid=s3cr3t; a=b","host":"h"}', '{"cookie":***,"host":"h"}'],
    [String.raw`"{\"cookie\":\"sid=s3cr3t\",\"a\":1}"`, String.raw`"{\"cookie\":***,\"a\":1}"`],
    [`{ 'set-cookie': [ 'a=s3cr3t', 'b=s3cr3t' ], host: 'h' }`, `{ 'set-cookie': ***, host: 'h' }`],
    [String.raw`"GET /\r\nCookie: a=s3cr3t; b=c\r\nHost: h"`, String.raw`"GET /\r\nCookie: ***\r\nHost: h"`],
    ['["Cookie: a=","Host: h"]', '["Cookie: ***","Host: h"]'],
    ['Authorization: Digest username="me", response="s3cr3t"\nHost: h', 'Authorization: ***\nHost: h'],
    [`AUTHORIZATION: AWS4-HMAC-SHA256 Credential=${id}/1/s3, Signature=s3cr3t`, 'AUTHORIZATION: ***'],
    ['Authorization: SharedKey account:s3cr3ts3cr3t= is wrong', 'Authorization: SharedKey *** is wrong'],
    ['Proxy-Authorization: Basic bWU6czNjcjN0 is wrong', 'Proxy-Authorization: Basic *** is wrong'],
    ['{"authorization":"abc","a":1}', '{"authorization":***,"a":1}'],
    // Headers with quotes and backslashes of their own: in a line of their own, and in texts within quotes.
    ['Cookie: prefs={"a":1}; sid=s3cr3t\nHost: h', 'Cookie: ***\nHost: h'],
    ['said "no" to Cookie: prefs={"a":1}; sid=s3cr3t\n"Host": h', 'said "no" to Cookie: ***\n"Host": h'],
    [String.raw`Cookie: a=C:\new; sid=s3cr3t`, 'Cookie: ***'],
    ['Authorization: Digest realm=" x", response="s3cr3t"', 'Authorization: ***'],
    [
      String.raw`{"said":"it had Cookie: p={\"a\":1}; d=C:\\new; sid=s3cr3t\nHost: h","x":"y"}`,
      String.raw`{"said":"it had Cookie: ***\nHost: h","x":"y"}`,
    ],
    [
      String.raw`"{\"said\":\"Cookie: p={\\\"a\\\":1}; sid=s3cr3t\",\"x\":1}"`,
      String.raw`"{\"said\":\"Cookie: ***\",\"x\":1}"`,
    ],
    [String.raw`'GET /\r\nCookie: p={"a":1}; sid=s3cr3t\r\n'`, String.raw`'GET /\r\nCookie: ***\r\n'`],
    ['["Cookie: a=s3cr3t","Set-Cookie: b=s3cr3t","Host: h"]', '["Cookie: ***","Set-Cookie: ***","Host: h"]'],
    // Headers as lists of names and values, and as archives of requests have them.
    [`[ 'Cookie', 'sid=s3cr3t; a=b', 'Host', 'h' ]`, `[ 'Cookie', ***, 'Host', 'h' ]`],
    ['["Authorization","Digest a=\\"s3cr3t\\"","Host","h"]', '["Authorization",***,"Host","h"]'],
    [
      '{"name":"Cookie","value":"sid=s3cr3t"},{"name":"Host"}',
      '{"name":"Cookie","value":***},{"name":"Host"}',
    ],
    // Command lines.
    ['mysql --password s3cr3t --host h', 'mysql --password *** --host h'],
    ['mysql --password is-s3cr3t --token has.s3cr3t', 'mysql --password *** --token ***'],
    ['mysql --password=s3cr3t --host=h', 'mysql --password=*** --host=h'],
    [`x --api-key 's3cr3t of spaces' y`, 'x --api-key *** y'],
    [`spawn x [ '--db-password', 's3cr3t', '--host' ]`, `spawn x [ '--db-password', ***, '--host' ]`],
    ['["--token","s3cr3t","h"]', '["--token",***,"h"]'],
  ])('%s is %s', (text, clean) => {
    expect(withoutSecrets(text)).toBe(clean);
  });

  it.each([
    'out/data.parquet/year=2024/part-0-3f2c9a1b.parquet -- 3 of 4',
    's3://bucket/eyJ/eyJa.eyJb.eyJc/x',
    '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    'w1.2/routes~3/1#0: eyJhbGciOiJIUzI1NiJ9 and key.name.parts',
    'bucket ASIA-PACIFIC of AKIA, AKIAIOSFODNN7EXAMPLES and XAKIAIOSFODNN7EXAMPLE',
    `commit ${'0123456789'.repeat(4)} of table asia`,
    'stage cookie: 12 rows, set-cookie: none, cookies: a=b',
    'the option cookie = 3 of authorization: failed for user me',
    'mysql --password --host h',
    'git log --tokens-of x --password-stdin --secret-file /run/x; a -- b',
    'the token is wrong, the password too',
    'option --token is unknown, and --password not. --api-key has',
    'Authorization: request id=42 was denied by policy p',
    '["cookie","host"] and ["authorization","cookie"] vary',
  ])('is the same where there are none: %s', (text) => {
    expect(withoutSecrets(text)).toBe(text);
  });

  it('has no part of a password, whatever it is made of, and the host', () => {
    const piece = fc.constantFrom(
      '@',
      ':',
      '/',
      '?',
      '#',
      ';',
      ',',
      '=',
      '1',
      'a',
      'x;y=',
      '%40',
      '|b',
      '"w',
      "'w",
    );
    const password = fc
      .array(piece, { minLength: 1, maxLength: 8 })
      .map((pieces) => pieces.join(''))
      // These may be taken for the port of a host, for the next address, and for the text that a quote ends.
      .filter((made) => !/^:\d{1,5}[/?#,|]|:\/\/|["'].*[/?#]|[/?#].*["']/.test(`:${made}`));
    fc.assert(
      fc.property(password, fc.constantFrom('', '/x', '/x?***', ' at b'), (secret, path) => {
        expect(withoutSecrets(`see a://me:${secret}@host${path}`)).toBe(`see a://***@host${path}`);
      }),
      { numRuns: 2_000 },
    );
  });

  const hostile = [
    ...[
      'a://',
      ':',
      '://@',
      '@',
      '?',
      '?a',
      '=',
      '==',
      '.',
      '-',
      '--',
      ' ',
      '\n',
      '\\',
      '\\n',
      '"',
      '="',
      "'",
    ],
    ...[
      'token',
      'token="',
      'token=\\',
      '--token ',
      `--token', '`,
      'key',
      'bearer ',
      'basic ',
      'authorization:',
    ],
    ...[
      'cookie:',
      'cookie: a',
      `'cookie:a=`,
      'cookie:a="',
      'cookie=[',
      'authorization: a ',
      'authorization: a b=',
      'authorization: a b=c d ',
      `'cookie','`,
      '"cookie","value":"',
      'cookie: a=\\n',
      '-authorization: a',
    ],
    ...['a://b:', 'a://b;password=', 'password={', ';x=', '{', '/', "a://u:b'"],
    ...['eyJ', 'eyJaaaaaaaa', 'eyJaaaaaaaa.', 'AKIA', 'AKIAIOSFODNN7EXAMPLE', 'a', 'b;', ',', '['],
  ];

  it('is found in time that grows as its length, whatever it is made of', () => {
    for (const piece of hostile) expectLinear(withoutSecrets, piece);
    const several = fc.array(fc.constantFrom(...hostile), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(several, (pieces) => {
        expectLinear(withoutSecrets, pieces.join(''));
      }),
      { numRuns: 150 },
    );
  });

  it.each(['x=', '\\"', 'x;', '='])('is found in a text of megabytes: %s', (piece) => {
    const many = piece.repeat(5_000_000);
    expect(withoutSecrets(`token="${many}"`)).toBe('token=***');
    expect(withoutSecrets(`Cookie: a=${many}`)).toMatch(/^Cookie: \*\*\*/);
  });
});
