// Owns what is known of a call of the Azure SDK that threw: by status and error code, never by message.
// Codes: https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes
import { type Judge, plainCause } from '../objects/timed-call.js';

/** The condition of the write does not hold, or the blob has been written meanwhile. */
const taken = new Set([
  'BlobAlreadyExists',
  'ConditionNotMet',
  'TargetConditionNotMet',
  'UploadBlobConditionNotMet',
]);
const missing = new Set(['BlobNotFound', 'ResourceNotFound']);
/** Its blocks were dropped, by the commit of another. */
const dropped = new Set(['InvalidBlockList', 'InvalidBlobOrBlock']);
/**
 * The request was damaged or cut off on its way. `InvalidOperation` is how Azurite says `Md5Mismatch`; the service says it of
 * snapshots alone, which nothing here has.
 */
const damaged = new Set([
  'Md5Mismatch',
  'OperationTimedOut',
  'RequestBodyIncomplete',
  'InvalidMd5',
  'InvalidOperation',
]);

/** Of the SDK: whatever has answered does not speak as the service does. */
const unreadable = 'PARSE_ERROR';

/** Nothing was sent. */
const withoutCredentials = new Set([
  'CredentialUnavailableError',
  'AuthenticationError',
  'AggregateAuthenticationError',
  'AuthenticationRequiredError',
]);

/** https://learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key: requests of more than 15 minutes ago are refused. */
const unproven = 'AuthenticationFailed';
const skewAdvice = ' The credentials may be wrong, or the clock of this machine, by more than 15 minutes';

export const judgeAzure: Judge = (error) => {
  const { name, code, message, status } = saidBy(error);
  const cause = plainCause(code ?? name, `${message}${code === unproven ? skewAdvice : ''}`, status);
  if (withoutCredentials.has(name)) return { kind: 'refused', cause };
  if (status === 412 || (code !== undefined && taken.has(code))) return { kind: 'precondition' };
  if (code !== undefined && dropped.has(code)) return { kind: 'absent' };
  if (code !== undefined && damaged.has(code)) return { kind: 'ambiguous', cause };
  if (status === 404 && (code === undefined || code === null || missing.has(code))) return { kind: 'absent' };
  // The store does not know what is asked for: it does not later either.
  if (status === 501) return { kind: 'refused', cause };
  // Whoever stands before the service may say so of a call that was carried out.
  if (status === 429 || (status !== undefined && status >= 500))
    return { kind: 'throttled', cause, isCertain: false };
  // What cannot be read may be the answer to anything.
  if (status === undefined || code === unreadable || status < 300 || status === 408 || status === 409)
    return { kind: 'ambiguous', cause };
  return { kind: 'refused', cause };
};

function saidBy(error: unknown): {
  readonly name: string;
  readonly code: string | undefined;
  readonly message: string;
  readonly status: number | undefined;
} {
  if (!(error instanceof Error))
    return { name: 'Error', code: undefined, message: String(error), status: undefined };
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : undefined;
  const code =
    'code' in error && typeof error.code === 'string' && error.code !== '' ? error.code : undefined;
  return { name: error.name, code, message: [firstLine(error), ...reasonsOf(error)].join('; '), status };
}

/** Those that follow repeat headers of the request. */
function firstLine({ message }: Error): string {
  return message.split('\n', 1)[0] ?? '';
}

/** Of credentials that were looked for in several places: why there were none in each. */
function reasonsOf(error: Error): readonly string[] {
  if (!('errors' in error) || !Array.isArray(error.errors)) return [];
  return error.errors.filter((reason) => reason instanceof Error).map(firstLine);
}
