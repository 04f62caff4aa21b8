import { expect, it } from 'vitest';
import { judgeS3 } from './judge.js';

const thrown = (name: string, status?: number): Error =>
  Object.assign(new Error('said the service'), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode: status },
  });

it.each([
  ['PreconditionFailed', 412, 'precondition'],
  ['NoSuchKey', 404, 'absent'],
  ['NoSuchUpload', 404, 'absent'],
  ['SlowDown', 503, 'throttled'],
  ['InternalError', 200, 'throttled'],
  ['BadGateway', 502, 'throttled'],
  ['TooManyRequests', 429, 'throttled'],
  ['ConditionalRequestConflict', 409, 'ambiguous'],
  ['RequestTimeTooSkewed', 403, 'ambiguous'],
  ['BadDigest', 400, 'ambiguous'],
  ['XAmzContentSHA256Mismatch', 400, 'ambiguous'],
  ['TimeoutError', undefined, 'ambiguous'],
  ['SyntaxError', 200, 'ambiguous'],
  ['AccessDenied', 403, 'refused'],
  ['NotImplemented', 501, 'refused'],
  ['NoSuchBucket', 404, 'refused'],
  ['CredentialsProviderError', undefined, 'refused'],
])('%s (%s) is %s', (name, status, kind) => {
  expect(judgeS3(thrown(name, status)).kind).toBe(kind);
});

it('what is kept of an error has nothing that hangs on it', () => {
  const error = Object.assign(thrown('AccessDenied', 403), {
    $response: { headers: { authorization: 'secret' } },
  });
  const answer = judgeS3(error);
  expect(answer).toMatchObject({
    kind: 'refused',
    cause: { message: 'AccessDenied (403): said the service' },
  });
  expect(JSON.stringify(Object.entries(answer))).not.toContain('secret');
});
