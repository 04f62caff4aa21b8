// Owns the options of S3 as they cross to threads: plain data, every default filled in.
import type { ObjectSettings } from '../objects/object-options.js';

export interface S3Settings extends ObjectSettings {
  readonly region: string | undefined;
  readonly endpoint: string | undefined;
  readonly forcePathStyle: boolean;
  readonly profile: string | undefined;
}
