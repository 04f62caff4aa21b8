import { describe, expect, it } from 'vitest';
import { checkedBegun, checkedEncoder, checkedPrepared, checkedWriter } from './check-answer.js';

const method = (): void => {};

describe('an answer of a sink or format', () => {
  it('is given back when it is as it should be', () => {
    expect(checkedBegun({ skip: true }, 's')).toEqual({ skip: true });
    expect(checkedBegun({ skip: false, staging: { dir: '/x' } }, 's')).toEqual({
      skip: false,
      staging: { dir: '/x' },
    });
    expect(checkedBegun({ skip: false, staging: undefined }, 's')).toEqual({
      skip: false,
      staging: undefined,
    });
    const writer = { write: method, prepare: method, abort: method };
    expect(checkedWriter(writer, 's')).toBe(writer);
    const prepared = { rows: 1, bytes: 2, files: [], part: { etag: 'x' } };
    expect(checkedPrepared(prepared, 's')).toBe(prepared);
    const encoder = { write: method, finish: method, abort: method, encodedBytes: 0 };
    expect(checkedEncoder(encoder, 'f')).toBe(encoder);
  });

  it('may have its methods from a class', () => {
    class Writer {
      write(): void {}
      async prepare(): Promise<void> {}
      async abort(): Promise<void> {}
    }
    expect(() => checkedWriter(new Writer(), 's')).not.toThrow();
  });

  it.each<[string, () => unknown, string]>([
    [
      'nothing from begin',
      () => checkedBegun(undefined, 'log'),
      'begin() of the sink log resolved with nothing.',
    ],
    [
      'a bare staging',
      () => checkedBegun('/dir', 'log'),
      'resolved with a string. Let it resolve with { skip: false, staging }',
    ],
    ['no skip', () => checkedBegun({ staging: 1 }, 'log'), 'resolved with an object with staging.'],
    [
      'a staging with functions',
      () => checkedBegun({ skip: false, staging: { method } }, 'log'),
      'cannot be sent to a worker',
    ],
    [
      'nothing from open',
      () => checkedWriter(undefined, 'log'),
      'open() of the sink log resolved with nothing. Let it',
    ],
    [
      'half a writer',
      () => checkedWriter({ write: method }, 'log'),
      'an object without prepare(), abort(). Let it resolve with { write',
    ],
    [
      'nothing from prepare',
      () => checkedPrepared(undefined, 'log'),
      'prepare() of the sink log resolved with nothing. Let it resolve with { rows',
    ],
    ['no rows', () => checkedPrepared({ bytes: 1, files: [] }, 'log'), 'an object with bytes, files.'],
    [
      'rows that are no count',
      () => checkedPrepared({ rows: Number.NaN, bytes: 1, files: [] }, 'log'),
      'rows, bytes, files',
    ],
    ['no files', () => checkedPrepared({ rows: 1, bytes: 1 }, 'log'), 'an object with rows, bytes.'],
    [
      'a part with functions',
      () => checkedPrepared({ rows: 1, bytes: 1, files: [], part: method }, 'log'),
      'cannot be sent to the main thread',
    ],
    [
      'null from a format',
      () => checkedEncoder(null, 'lines'),
      'open() of the format lines resolved with null. Let it',
    ],
    [
      'half an encoder',
      () => checkedEncoder({ write: method, abort: method }, 'lines'),
      'without finish(). Let it resolve with { write(batch)',
    ],
  ])('is refused with what to write instead: %s', (_, check, message) => {
    expect(check).toThrow(expect.objectContaining({ code: 'MODULE_INVALID', status: 'permanent' }));
    expect(check).toThrow(message);
  });
});
