// Owns the declaration of S3 as a store: plain options, checked. The SDK is loaded in the module that it names, not here.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import {
  checkTexts,
  type ObjectOptions,
  type ObjectStoreRef,
  objectSettings,
  objectStoreRef,
  refuseSecrets,
} from '../objects/object-options.js';
import type { S3Settings } from './settings.js';

export type { ObjectOptions, ObjectStoreRef } from '../objects/object-options.js';

export interface S3Options extends ObjectOptions {
  /** Default: what the SDK finds (`AWS_REGION`, the profile). */
  readonly region?: string | undefined;
  /** URL of another service with the interface of S3. Default: AWS. */
  readonly endpoint?: string | undefined;
  /** `http://host/bucket/key` instead of `http://bucket.host/key`, as many other services need it. Default false. */
  readonly forcePathStyle?: boolean | undefined;
  /** Profile of the shared configuration files. Default: `AWS_PROFILE`. */
  readonly profile?: string | undefined;
}

/**
 * Files on S3: `parquet('s3://bucket/routes', { store: s3() })`, or once for a run: `run({ stores: [s3({ region: 'eu-west-1' })] })`.
 * Needs the package `@aws-sdk/client-s3`. Credentials are found by its default chain, in each thread, and are never options.
 * @throws PlanError for options out of range, and for any that would carry a secret
 */
export function s3(options: S3Options = {}): ObjectStoreRef {
  refuseSecrets(
    's3',
    options,
    'Leave it out: the SDK finds credentials by itself (environment, profile, role).',
  );
  checkTexts('s3', options, ['region', 'endpoint', 'profile'], ['forcePathStyle']);
  const settings = objectSettings('s3', options);
  const { region, endpoint, forcePathStyle = false, profile } = options;
  const all: S3Settings = { ...settings, region, endpoint, forcePathStyle, profile };
  const url = pathToFileURL(createRequire(import.meta.url).resolve('#s3-store')).href;
  return objectStoreRef('s3', url, 's3', settings, all);
}
