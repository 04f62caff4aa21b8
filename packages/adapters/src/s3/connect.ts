// Owns the connections of this thread to S3: one for each set of options, with the SDK's own retries turned off.
import { S3Client } from '@aws-sdk/client-s3';
import { createLanes, type ObjectClient, type ObjectConnection } from '@tailrace/core/objects';
import { sharedPace } from '../objects/shared-pace.js';
import { hashContent } from './content-hash.js';
import { s3ObjectClient } from './s3-client.js';
import type { S3Settings } from './settings.js';

const connections = new Map<string, ObjectConnection>();

export function connectS3(settings: S3Settings): ObjectConnection {
  const name = JSON.stringify(settings);
  const known = connections.get(name);
  if (known !== undefined) return known;
  const made = newConnection(settings);
  connections.set(name, made);
  return made;
}

function newConnection(settings: S3Settings): ObjectConnection {
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
