// Owns what is known of a call of the S3 SDK that threw: by status and error code of S3, never by message.
// Codes: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
import { type Judge, plainCause } from '../objects/timed-call.js';

/** The request was damaged or cut off on its way, or the clocks differ, which the SDK has noted: worth another try. */
const damaged = new Set([
  'RequestTimeout',
  'IncompleteBody',
  'BadDigest',
  'XAmzContentSHA256Mismatch',
  'RequestTimeTooSkewed',
  'ConditionalRequestConflict',
  'OperationAborted',
]);
const slow = new Set(['SlowDown', 'Throttling', 'ThrottlingException', 'TooManyRequests', 'InternalError']);
const missing = new Set(['NoSuchKey', 'NotFound', 'NoSuchUpload']);
/** Nothing was sent. */
const withoutCredentials = new Set(['CredentialsProviderError', 'TokenProviderError']);

interface Said {
  readonly name: string;
  readonly message: string;
  readonly status: number | undefined;
  /** The answer was read to its end: of one that was cut off, or is no document of S3, the status alone is known. */
  readonly isRead: boolean;
}

export const judgeS3: Judge = (error) => {
  const { name, message, status, isRead } = saidBy(error);
  const cause = plainCause(name, message, status);
  if (withoutCredentials.has(name)) return { kind: 'refused', cause };
  if (status === 412 || name === 'PreconditionFailed') return { kind: 'precondition' };
  if (damaged.has(name)) return { kind: 'ambiguous', cause };
  if (missing.has(name)) return { kind: 'absent' };
  // The store does not know what is asked for: it does not later either.
  if (status === 501) return { kind: 'refused', cause };
  // Whoever stands before the service may say so of a call that was carried out.
  if (slow.has(name) || status === 429 || (status !== undefined && status >= 500)) {
    return { kind: 'throttled', cause, isCertain: false };
  }
  // What cannot be read may be the answer to anything.
  if (status === undefined || !isRead || status < 300 || status === 408 || status === 409)
    return { kind: 'ambiguous', cause };
  return { kind: 'refused', cause };
};

function saidBy(error: unknown): Said {
  if (!(error instanceof Error))
    return { name: 'Error', message: String(error), status: undefined, isRead: false };
  const { name, message } = error;
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const status: unknown =
    typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata
      ? metadata.httpStatusCode
      : undefined;
  // The SDK says whose fault it is of every answer that it could read.
  return {
    name,
    message,
    status: typeof status === 'number' ? status : undefined,
    isRead: '$fault' in error,
  };
}
