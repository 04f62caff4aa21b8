// Owns the connections of this thread to S3: one for each set of options, with the SDK's own retries turned off.
import { S3Client } from '@aws-sdk/client-s3';
import { messageOf, TailraceError } from '@tailrace/core';
import { createLanes, type ObjectClient, type ObjectConnection } from '@tailrace/core/objects';
import { sharedPace } from '../objects/shared-pace.js';
import { hashContent } from './content-hash.js';
import { s3ObjectClient } from './s3-client.js';
import type { S3Settings } from './settings.js';

const connections = new Map<string, Promise<ObjectConnection>>();

/** Rejects, for good, where no region is known: nothing could be sent. */
export function connectS3(settings: S3Settings): Promise<ObjectConnection> {
  const name = JSON.stringify(settings);
  const known = connections.get(name);
  if (known !== undefined) return known;
  const made = newConnection(settings);
  connections.set(name, made);
  made.catch(() => connections.delete(name));
  return made;
}

async function newConnection(settings: S3Settings): Promise<ObjectConnection> {
  const { region, endpoint, forcePathStyle, profile, timeoutMs, partBytes, partsInFlight, isTrusted } =
    settings;
  const client = new S3Client({
    ...(region !== undefined && { region }),
    ...(endpoint !== undefined && { endpoint }),
    ...(profile !== undefined && { profile }),
    forcePathStyle,
    // Ours keep step with all threads, and look where the SDK would ask again.
    maxAttempts: 1,
    // Bodies have their SHA-256; others that the SDK adds would be computed in vain.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  await checkRegion(client);
  hashContent(client);
  const clients = new Map<string, ObjectClient>();
  return {
    client(bucket) {
      const one = clients.get(bucket) ?? s3ObjectClient({ client, bucket, timeoutMs });
      clients.set(bucket, one);
      return one;
    },
    pace: sharedPace(`s3 ${endpoint ?? 'of AWS'}`),
    partBytes,
    lanes: createLanes(partsInFlight),
    isTrusted,
  };
}

/** Every call would look for it, and be taken for one that was cut off. */
async function checkRegion(client: S3Client): Promise<void> {
  try {
    await client.config.region();
  } catch (cause) {
    throw new TailraceError(
      `S3 cannot be reached: no region is known (${messageOf(cause)}). ` +
        `Give region, or set AWS_REGION; other services take any, such as us-east-1.`,
      { code: 'STORE_FAILED', status: 'permanent', operation: 'connect store', cause },
    );
  }
}
