import { describe, expect, it } from 'vitest';
import { attachmentTo, optionsOf } from './attachment.js';

describe('an attachment', () => {
  it('has what the connection of another thread needs to be like the first, as plain data', () => {
    const options = {
      userId: 'sim',
      retry: { maxRetries: 2 },
      silenceMs: 1_000,
      rootCertificates: Buffer.from('a certificate'),
      onWarning: () => {},
      signal: new AbortController().signal,
    };
    const crossed = structuredClone(attachmentTo('sc://h', { sessionId: 's', observed: 'o' }, options));
    expect(crossed).toMatchObject({ url: 'sc://h', sessionId: 's', observed: 'o', warns: true });
    const { userId, retry, silenceMs, rootCertificates } = options;
    expect(optionsOf(crossed)).toEqual({ userId, retry, silenceMs, rootCertificates });
  });

  it('of a session without options asks for the defaults', () => {
    expect(optionsOf(attachmentTo('sc://h', { sessionId: 's' }, {}))).toEqual({});
  });
});
