// Owns which checksum the parts of an upload have: one that the service is seen to verify. A CRC-32 takes a fraction of the time of a
// SHA-256, on both sides, and tells what was damaged on its way as well. What somebody changes on purpose is the matter of the
// connection, or of the signature.
import { crc32 } from 'node:zlib';
import type { Answer, PartHash } from '@tailrace/core/objects';

/**
 * - `crc`: a CRC-32, which the service states in its answer; within the signature only where the connection can be read by others
 * - `signed crc`: the same, and the signature is over the body whatever the connection is: some buckets refuse anything else
 * - `signed`: the signature alone, by its SHA-256: services that know no CRC-32 leave it out of their answer, or refuse it
 */
export type PartCheck = 'crc' | 'signed crc' | 'signed';

const checks: readonly PartCheck[] = ['crc', 'signed crc', 'signed'];

export interface PartChecks {
  /**
   * Asks by what has worked before, at first by a CRC-32, and by the next one when the service refuses that or does not verify it:
   * what was refused has not been carried out, and a part that was not verified is replaced. Who may not write at all is refused
   * three times.
   */
  find<T extends { readonly isVerified: boolean }>(
    ask: (check: PartCheck) => Promise<Answer<T>>,
  ): Promise<Answer<T>>;
}

export function createPartChecks(): PartChecks {
  let known = 0;
  return {
    async find(ask) {
      for (let at = known; ; at += 1) {
        const answer = await ask(checks[at] ?? 'signed');
        const isDone = answer.kind === 'done';
        const isUnfit = isDone ? !answer.value.isVerified : answer.kind === 'refused';
        if (isUnfit && at < checks.length - 1) continue;
        // Another call may have found out more meanwhile.
        if (isDone) known = Math.max(known, at);
        return answer;
      }
    },
  };
}

/** A CRC-32 as headers of S3 have it. */
export function crcInPieces(): PartHash {
  let crc = 0;
  return {
    update(piece) {
      crc = crc32(piece, crc);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(crc);
      return bytes.toString('base64');
    },
  };
}

export function crcOf(body: Uint8Array): string {
  const crc = crcInPieces();
  crc.update(body);
  return crc.digest();
}

/** A part that has a CRC-32 is named with it when the upload is completed, maybe by another process: so it is part of its tag. */
export function tagWith(etag: string, crc: string | undefined): string {
  return crc === undefined ? etag : `${etag} ${crc}`;
}

/** Entity tags have no spaces. */
export function fromTag(tag: string): { readonly ETag: string; readonly ChecksumCRC32?: string } {
  const [etag = '', crc] = tag.split(' ');
  return { ETag: etag, ...(crc !== undefined && { ChecksumCRC32: crc }) };
}
