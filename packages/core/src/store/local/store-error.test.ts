import { describe, expect, it } from 'vitest';
import { ConflictError } from '../../errors/named-errors.js';
import { attemptStep, storeError } from './store-error.js';

const failed = { step: 'publish', path: '/data/out', output: 'daily' };
const withErrno = (code: string): Error => Object.assign(new Error(`${code}: as Node says it`), { code });

describe('a failed call', () => {
  it.each(['ENOSPC', 'EMFILE', 'EAGAIN', 'EIO', 'EBUSY', 'EINTR'])('%s is temporary', (errno) => {
    expect(storeError(withErrno(errno), failed)).toMatchObject({ status: 'temporary', context: { errno } });
  });

  it.each(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'ENAMETOOLONG'])('%s is permanent', (errno) => {
    expect(storeError(withErrno(errno), failed)).toMatchObject({ status: 'permanent', context: { errno } });
  });

  it('becomes a message with the step, the path, the errno and the next thing to do', () => {
    expect(storeError(withErrno('EROFS'), failed).message).toBe(
      'Could not publish /data/out: EROFS. The file system is read-only: mount it writable or write elsewhere.',
    );
  });

  it('of an errno nobody thought of is temporary and points to its cause', () => {
    const cause = withErrno('EWEIRD');
    expect(storeError(cause, failed)).toMatchObject({
      code: 'STORE_FAILED',
      status: 'temporary',
      cause,
      context: { path: '/data/out', output: 'daily', errno: 'EWEIRD' },
    });
  });

  it('passes errors of the family unchanged', async () => {
    const conflict = new ConflictError('held', { operation: 'begin output' });
    await expect(attemptStep(failed, () => Promise.reject(conflict))).rejects.toBe(conflict);
  });
});
