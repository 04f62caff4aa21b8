// Owns keeping secrets of a plan from everything that it passes on its way to a worker thread: they are encrypted with a key
// that this process has in memory alone.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { PlanError } from '@tailrace/core';

const algorithm = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

/** Base64. For the options of a sink, which cross to its threads and are written nowhere. */
export const sealKey: string = randomBytes(32).toString('base64');

/** Text that tells nothing of these texts but how long they are; empty for none. Another one each time. */
export function seal(secrets: readonly string[]): string {
  if (secrets.length === 0) return '';
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, Buffer.from(sealKey, 'base64'), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(secrets)), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
}

/**
 * @param key that of the process which has sealed them
 * @throws PlanError for what was sealed with another key, or changed since
 */
export function unseal(sealed: string, key: string): readonly string[] {
  if (sealed === '') return [];
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv(algorithm, Buffer.from(key, 'base64'), bytes.subarray(0, ivBytes));
  decipher.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  try {
    const text = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
    // It was made above.
    return JSON.parse(text.toString()) as readonly string[];
  } catch (cause) {
    throw new PlanError(
      'The secrets of a plan cannot be read: another process, or another copy of @tailrace/adapters, has sealed them. ' +
        'Make the frame and ' +
        'the output with one copy of the package, in the run that writes it.',
      { operation: 'read the secrets of a plan', cause },
    );
  }
}
