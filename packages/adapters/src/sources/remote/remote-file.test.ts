import { describe, expect, it } from 'vitest';
import { never } from '../parquet/test-rig.js';
import { bytesOf, type RemoteFile } from './remote-file.js';

const MiB = 2 ** 20;
const fileOf = (bytes: number, read: RemoteFile['read']): RemoteFile => ({
  path: 's3://b/a',
  bytes,
  tag: '1',
  read,
});

describe('a file that is read as it comes', () => {
  it('is asked for in requests that double, and given whole', async () => {
    const asked: number[] = [];
    let given = 0;
    const file = fileOf(30 * MiB, async (start, bytes) => {
      expect(start).toBe(asked.reduce((sum, one) => sum + one, 0));
      asked.push(bytes);
      return new Uint8Array(bytes);
    });
    for await (const piece of bytesOf(file, never)) given += piece.length;
    expect(asked.map((bytes) => bytes / MiB)).toEqual([1, 2, 4, 8, 8, 7]);
    expect(given).toBe(30 * MiB);
  });

  it('ends what is on its way when it is left early', async () => {
    let ended = 0;
    const file = fileOf(30 * MiB, async (start, bytes, signal) => {
      if (start === 0) return new Uint8Array(bytes);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          ended += 1;
          reject(signal.reason);
        });
      });
    });
    for await (const _ of bytesOf(file, never)) break;
    expect(ended).toBe(1);
  });
});
