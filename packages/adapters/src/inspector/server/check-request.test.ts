import { describe, expect, it } from 'vitest';
import {
  type AccessRules,
  type RequestHeads,
  refuseAccess,
  refuseAddress,
  refuseFeeding,
} from './check-request.js';

const other = 'http://localhost:5173';
const rules: AccessRules = { port: 4_000, token: 'right', feedToken: 'feed', origins: [other] };
const good: RequestHeads = {
  host: '127.0.0.1:4000',
  origin: 'http://127.0.0.1:4000',
  token: 'right',
  queryToken: undefined,
};
const statusOf = (heads: Partial<Record<keyof RequestHeads, string | undefined>>): number | undefined =>
  refuseAccess({ ...good, ...heads }, rules)?.status;

describe('access to the inspector', () => {
  it('is given to its own page and to programs with the token', () => {
    expect(statusOf({})).toBeUndefined();
    expect(statusOf({ origin: undefined })).toBeUndefined();
    expect(statusOf({ host: 'localhost:4000', origin: 'http://localhost:4000' })).toBeUndefined();
  });

  it('is not given to whoever may send: not to its token, not to its origin, not to a token in the address', () => {
    expect(statusOf({ token: 'feed' })).toBe(401);
    expect(statusOf({ origin: other })).toBe(403);
    expect(statusOf({ token: undefined, queryToken: 'right' })).toBe(401);
  });

  it.each([undefined, '', 'evil.example:4000', '127.0.0.1', '127.0.0.1:4001', '127.0.0.1:4000.evil.example'])(
    'is refused under the host %s',
    (host) => {
      expect(statusOf({ host })).toBe(421);
    },
  );

  it.each([
    'null',
    '',
    'http://evil.example',
    'https://127.0.0.1:4000',
    'http://127.0.0.1:4001',
    'http://localhost',
  ])('is refused to the origin %s', (origin) => {
    expect(statusOf({ origin })).toBe(403);
  });

  it.each([undefined, '', 'wrong', 'right ', 'righ'])('is refused with the token %s', (token) => {
    expect(statusOf({ token })).toBe(401);
  });

  it('needs no token for the page itself, which holds no data', () => {
    expect(refuseAddress({ ...good, token: undefined }, rules)).toBeUndefined();
    expect(refuseAddress({ ...good, host: 'evil.example' }, rules)?.status).toBe(421);
  });
});

describe('sending to the inspector', () => {
  const sent = (
    heads: Partial<Record<keyof RequestHeads, string | undefined>>,
    allowed: AccessRules = rules,
  ): number | undefined =>
    refuseFeeding({ ...good, token: undefined, queryToken: 'feed', ...heads }, allowed)?.status;

  it('is for programs with its own token, in the address or in a header, and for origins that were named', () => {
    expect(sent({ origin: undefined })).toBeUndefined();
    expect(sent({ origin: undefined, queryToken: undefined, token: 'feed' })).toBeUndefined();
    expect(sent({ origin: other })).toBeUndefined();
    expect(sent({ origin: 'http://evil.example' })).toBe(403);
    expect(sent({ host: 'evil.example' })).toBe(421);
  });

  it('is refused with the token of readers, with none, and where nobody may send', () => {
    expect(sent({ queryToken: 'right' })).toBe(401);
    expect(sent({ queryToken: undefined })).toBe(401);
    expect(sent({}, { ...rules, feedToken: undefined })).toBe(401);
  });
});
