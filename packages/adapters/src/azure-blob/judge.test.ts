import { expect, it } from 'vitest';
import { judgeAzure } from './judge.js';

const thrown = (code: string | undefined, statusCode?: number): Error =>
  Object.assign(new Error('said the service\nx-ms-client-request-id: 1'), {
    name: 'RestError',
    code,
    statusCode,
  });

it.each([
  ['ConditionNotMet', 412, 'precondition'],
  ['BlobAlreadyExists', 409, 'precondition'],
  ['BlobNotFound', 404, 'absent'],
  [undefined, 404, 'absent'],
  ['InvalidBlockList', 400, 'absent'],
  ['ServerBusy', 503, 'throttled'],
  ['InternalError', 500, 'throttled'],
  [undefined, 429, 'throttled'],
  ['Md5Mismatch', 400, 'ambiguous'],
  ['InvalidOperation', 400, 'ambiguous'],
  ['PARSE_ERROR', 200, 'ambiguous'],
  ['PARSE_ERROR', 404, 'ambiguous'],
  ['ECONNRESET', undefined, 'ambiguous'],
  ['AuthenticationFailed', 403, 'refused'],
  ['NotImplemented', 501, 'refused'],
  ['ContainerNotFound', 404, 'refused'],
])('%s (%s) is %s', (code, status, kind) => {
  expect(judgeAzure(thrown(code, status)).kind).toBe(kind);
});

it('of a message the first line is kept: the others repeat what was sent', () => {
  expect(judgeAzure(thrown('AuthorizationFailure', 403))).toMatchObject({
    cause: { message: 'AuthorizationFailure (403): said the service' },
  });
});

it('a request that is not authenticated may be one of a clock that is wrong, which the service does not say', () => {
  expect(judgeAzure(thrown('AuthenticationFailed', 403))).toMatchObject({
    kind: 'refused',
    cause: { message: expect.stringContaining('the clock of this machine') },
  });
});

it('credentials that are nowhere are refused at once, with what was missing in each place', () => {
  const reasons = ['EnvironmentCredential is unavailable', 'Azure CLI could not be found'];
  const error = Object.assign(new Error('ChainedTokenCredential authentication failed.\nmore'), {
    name: 'AggregateAuthenticationError',
    errors: reasons.map((reason) => new Error(`${reason}\nmore`)),
  });
  expect(judgeAzure(error)).toMatchObject({
    kind: 'refused',
    cause: { message: expect.stringContaining(reasons.join('; ')) },
  });
  expect(judgeAzure(Object.assign(new Error('no'), { name: 'AuthenticationRequiredError' })).kind).toBe(
    'refused',
  );
});
