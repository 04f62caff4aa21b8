import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConnection, serverOf } from './connection-string.js';

describe('a connection string', () => {
  it('names a host, and has the usual port and no encryption unless it says so', () => {
    expect(parseConnection('sc://127.0.0.1')).toMatchObject({ host: '127.0.0.1', port: 15_002, tls: false });
    expect(parseConnection('sc://spark.example:443/;use_ssl=true')).toMatchObject({ port: 443, tls: true });
    expect(parseConnection('sc://[::1]:15003/')).toMatchObject({ host: '[::1]', port: 15_003 });
  });

  it('of Databricks has a token, which asks for TLS, and a cluster, which becomes a header', () => {
    const parsed = parseConnection(
      'sc://adb-1.azuredatabricks.net:443/;token=dapi%3D1;x-databricks-cluster-id=0101-abc;user_id=me@example.org',
    );
    expect(parsed).toMatchObject({
      tls: true,
      token: 'dapi=1',
      userId: 'me@example.org',
      headers: { 'x-databricks-cluster-id': '0101-abc' },
    });
  });

  it.each([undefined, null, 7])('that is no text (%s) is refused as one', (text) => {
    // As a variable of the environment that is not set, in JavaScript.
    expect(() => parseConnection(text as unknown as string)).toThrow(/is a text of the form .* not /);
  });

  it('names one server, by whichever name of this machine', () => {
    const servers = ['localhost', '127.0.0.1', '[::1]', 'LOCALHOST'].map((host) =>
      serverOf(parseConnection(`sc://${host}`)),
    );
    expect(new Set(servers)).toEqual(new Set(['127.0.0.1:15002']));
    expect(serverOf(parseConnection('sc://Spark.example'))).toBe('spark.example:15002');
  });

  it('gives back every value that was percent-encoded', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, unit: 'grapheme' }), (value) => {
        const { userId } = parseConnection(`sc://h/;user_id=${encodeURIComponent(value)}`);
        expect(userId).toBe(value);
      }),
    );
  });

  it.each([
    ['http://h', 'does not begin with sc://'],
    ['sc://', 'there must be a host'],
    ['sc://h:99999', '99999 is no port'],
    ['sc://h/db/x', 'it has a path'],
    ['sc://h/;token', 'a parameter is no name=value'],
    ['sc://h/;a=1;a=2', 'a is given twice'],
    ['sc://h/;a=%zz', 'a is not percent-encoded'],
    ['sc://h/;a=', 'a is empty'],
    ['sc://h/;use_ssl=yes', 'use_ssl must be true or false'],
    ['sc://h/;session_id=7', 'session_id must be a UUID'],
    ['sc://user@h', 'there must be a host'],
    ['sc://h/;x-any=a%0A', 'x-any has characters that no header takes'],
    ['sc://h/;x-any=%C3%A9', 'x-any has characters that no header takes'],
    ['sc://h/;token=abc%0A', 'token has characters that no header takes'],
    ['sc://h/;x-any-bin=a', 'x-any-bin would be a header of bytes'],
    ['sc://h/;authorization=Bearer%20a', 'authorization without TLS'],
  ])('%s is refused: %s', (text, problem) => {
    expect(() => parseConnection(text)).toThrow(problem);
  });

  it.each([
    'sc://h:443/token=abc123/',
    'sc://h?token=abc123',
    'sc://h#abc123',
    'sc://abc123@h',
    'sc://user:abc123@h',
    'sc://h/;token=abc123%0A',
    'abc123',
  ])('%s is refused without a word of what may be a secret in it', (text) => {
    expect(() => parseConnection(text)).toThrow('no connection string');
    expect(() => parseConnection(text)).not.toThrow('abc123');
  });

  it('may send a header authorization over TLS, and in the clear to this machine alone', () => {
    for (const url of ['sc://h/;authorization=a;use_ssl=true', 'sc://127.0.0.1/;authorization=a'])
      expect(parseConnection(url).headers).toEqual({ authorization: 'a' });
  });

  it('may send a token in the clear to this machine alone, and never shows it', () => {
    expect(parseConnection('sc://localhost/;token=abc;use_ssl=false')).toMatchObject({
      tls: false,
      token: 'abc',
    });
    const refused = (): unknown => parseConnection('sc://h/;token=abc123;use_ssl=false');
    expect(refused).toThrow('in the clear');
    expect(refused).not.toThrow('abc123');
  });
});
