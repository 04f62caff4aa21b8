// Owns the options of Azure Blob as they cross to threads: plain data, every default filled in.
import type { ObjectSettings } from '../objects/object-options.js';

export interface AzureSettings extends ObjectSettings {
  readonly account: string | undefined;
  readonly endpoint: string | undefined;
}
