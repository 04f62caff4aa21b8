// Owns the options of S3 as users give them, and what of them is refused.
import {
  checkEndpoint,
  checkTexts,
  type ObjectOptions,
  objectSettings,
  refuseSecrets,
} from '../objects/object-options.js';
import type { S3Settings } from './settings.js';

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

/** Throws a PlanError for options out of range, and for any that would carry a secret. */
export function settingsOf(options: S3Options): S3Settings {
  refuseSecrets(
    's3',
    options,
    'Leave it out: the SDK finds credentials by itself (environment, profile, role).',
  );
  checkTexts('s3', options, ['region', 'endpoint', 'profile'], ['forcePathStyle']);
  const { region, endpoint, forcePathStyle = false, profile } = options;
  checkEndpoint('s3', endpoint);
  return { ...objectSettings('s3', options), region, endpoint, forcePathStyle, profile };
}
