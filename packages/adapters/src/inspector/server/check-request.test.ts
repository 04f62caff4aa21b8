import { describe, expect, it } from 'vitest';
import { type AccessRules, type RequestHeads, refuseAccess, refuseAddress } from './check-request.js';

const rules: AccessRules = { port: 4_000, token: 'right', origins: ['http://localhost:5173'] };
const good: RequestHeads = { host: '127.0.0.1:4000', origin: 'http://127.0.0.1:4000', token: 'right' };
const statusOf = (heads: Partial<Record<keyof RequestHeads, string | undefined>>): number | undefined =>
  refuseAccess({ ...good, ...heads }, rules)?.status;

describe('access to the inspector', () => {
  it('is given to its own page, to programs with the token, and to origins that were named', () => {
    expect(statusOf({})).toBeUndefined();
    expect(statusOf({ origin: undefined })).toBeUndefined();
    expect(statusOf({ host: 'localhost:4000', origin: 'http://localhost:4000' })).toBeUndefined();
    expect(statusOf({ origin: 'http://localhost:5173' })).toBeUndefined();
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
