// Owns how the NDJSON parts of a dataset are read: as its manifest says that they were written, or as a caller knows better.
import type { Manifest } from '@tailrace/core';
import type { ReadNdjsonOptions } from '../ndjson/read-ndjson.js';

/** What a caller may say of NDJSON parts. */
export type WrittenNdjson = Pick<ReadNdjsonOptions, 'binary' | 'maxLineLength'>;

/** @param told what a caller has said: it goes before what the manifest says */
export function writtenNdjson(
  manifest: Pick<Manifest, 'dialect'> | undefined,
  told: WrittenNdjson | undefined,
): WrittenNdjson | undefined {
  const binary = manifest?.dialect?.binary;
  if (binary !== 'base64' && binary !== 'hex') return told;
  return { binary, ...told };
}
