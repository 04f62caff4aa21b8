// Owns the hash of what is sent to S3: the signature is over it, and the service verifies it against what it has received. It is made
// here, so that it is there for every endpoint, encrypted or not, and is made once.
import { createHash } from 'node:crypto';
import type { S3Client } from '@aws-sdk/client-s3';

const name = 'x-amz-content-sha256';

export function hashContent(client: S3Client): void {
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (typeof request === 'object' && request !== null && 'headers' in request && 'body' in request) {
        const { headers, body } = request;
        if (typeof headers === 'object' && headers !== null && body instanceof Uint8Array) {
          Object.assign(headers, { [name]: createHash('sha256').update(body).digest('hex') });
        }
      }
      return next(args);
    },
    { step: 'build', name: 'tailraceContentHash' },
  );
}
