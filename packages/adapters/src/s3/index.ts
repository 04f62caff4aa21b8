// Owns the declaration of S3 as a store: plain options, checked. The SDK is loaded in the module that it names, not here.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type { StoreOfScheme } from '@tailrace/core/sink';
import { storeOfScheme } from '../objects/object-options.js';
import { type S3Options, settingsOf } from './options.js';

export type { Leftover, SweepOptions } from '@tailrace/core/objects';
export type { ObjectOptions } from '../objects/object-options.js';
export type { S3Options } from './options.js';
export { sweepS3 } from './sweep.js';

/**
 * Files on S3: `parquet('s3://bucket/routes', { store: s3() })`, or once for a run: `run({ stores: [s3({ region: 'eu-west-1' })] })`.
 * Needs the package `@aws-sdk/client-s3`. Credentials are found by its default chain, in each thread, and are never options.
 * @throws PlanError for options out of range, and for any that would carry a secret
 */
export function s3(options: S3Options = {}): StoreOfScheme {
  const settings = settingsOf(options);
  const url = pathToFileURL(createRequire(import.meta.url).resolve('#s3-store')).href;
  return storeOfScheme('s3', url, 's3', settings, options);
}
