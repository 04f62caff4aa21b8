// Owns checksums of parts that take long to make: in turns of the event loop, so that what is being sent meanwhile moves on.
import { createHash } from 'node:crypto';

/** Some milliseconds of an MD5; the connection to a store holds more than is sent meanwhile. */
const bytesPerTurn = 2 ** 20;

/** The body is read until it resolves. */
export async function hashInTurns(algorithm: 'md5' | 'sha256', body: Uint8Array): Promise<Buffer> {
  const hash = createHash(algorithm);
  for (let at = 0; at < body.length; at += bytesPerTurn) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    hash.update(body.subarray(at, at + bytesPerTurn));
  }
  return hash.digest();
}
