// Owns the hash of what is sent to S3: the signature is over it, and the service verifies it against what it has received. It is there
// for every endpoint, encrypted or not, and is made once.
import { isIPv4 } from 'node:net';
import type { PutObjectCommand, S3Client, UploadPartCommand } from '@aws-sdk/client-s3';
import { hashInTurns } from '../objects/hash-in-turns.js';

const name = 'x-amz-content-sha256';
/** https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const unsigned = 'UNSIGNED-PAYLOAD';

/** The SDK would make the same one, all of a part in one turn of the event loop: others that are being sent would stand still. */
export function hashContent(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { request } = args;
      if (isRequest(request) && request.body instanceof Uint8Array && request.headers[name] === undefined) {
        request.headers[name] = (await hashInTurns('sha256', request.body)).toString('hex');
      }
      return next(args);
    },
    { step: 'build', name: 'tailraceContentHash' },
  );
}

/** Signs a body by a SHA-256 that is known: it is not made a second time. @param sha256 in hexadecimal */
export function signWith(command: PutObjectCommand, sha256: string): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (isRequest(request)) request.headers[name] = sha256;
      return next(args);
    },
    { step: 'build', priority: 'high', name: 'tailraceSignWith' },
  );
}

/**
 * Leaves the body out of the signature where nobody can change it on its way, on an encrypted connection or within a machine. It has
 * a checksum of another kind then.
 */
export function trustConnection(command: UploadPartCommand): void {
  command.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (isRequest(request) && isPrivate(request)) request.headers[name] = unsigned;
      return next(args);
    },
    { step: 'build', priority: 'high', name: 'tailraceTrustConnection' },
  );
}

/** What is asked of a request of the SDK, which declares it as unknown. */
interface Request {
  readonly protocol: string;
  readonly hostname: string;
  readonly headers: Record<string, string>;
  readonly body?: unknown;
}

function isRequest(value: unknown): value is Request {
  if (typeof value !== 'object' || value === null) return false;
  const { protocol, hostname, headers } = value as Partial<Record<string, unknown>>;
  return (
    typeof protocol === 'string' &&
    typeof hostname === 'string' &&
    typeof headers === 'object' &&
    headers !== null
  );
}

/** As browsers tell it: https://w3c.github.io/webappsec-secure-contexts/#is-origin-trustworthy */
function isPrivate({ protocol, hostname }: Request): boolean {
  if (protocol === 'https:') return true;
  const isLoopback = isIPv4(hostname) && hostname.startsWith('127.');
  return isLoopback || hostname === 'localhost' || hostname === '[::1]' || hostname === '::1';
}
