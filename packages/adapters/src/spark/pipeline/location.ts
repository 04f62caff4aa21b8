// Owns where an output of Spark lands, as far as its path says it: so that two outputs of a run on one place are refused, and one
// inside the other. Pure.
import { posix } from 'node:path';
import type { SinkLocation } from '@tailrace/core/sink';

/** `s3a://bucket/out`: how it is reached, who has it, and its place there. */
const url = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/]*))?(\/.*)?$/i;

/**
 * A path without a scheme counts as one of `file:`, as it is for a server that was told of no other file system. Schemes and hosts count
 * in small letters, and `s3a` and `s3n` as `s3`.
 */
export function locationOf(path: string): SinkLocation {
  const [, scheme = '', authority = '', place = ''] = url.exec(path) ?? ['', 'file', '', path];
  const host = authority.toLowerCase();
  const store = scheme.toLowerCase().replace(/^s3[an]$/, 's3');
  const isHere = store === 'file' && host === 'localhost';
  const whole = posix.normalize(`/${isHere ? '' : host}/${place}`).replace(/\/+$/, '');
  // Spark takes paths as they are written: what looks encoded is not.
  return { scheme: `spark-${store}`, path: whole.replaceAll('%', '%25') || '/', kind: 'directory' };
}
