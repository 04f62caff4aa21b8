import { describe, expect, it } from 'vitest';
import { testSchema } from './file-sink-fixtures.js';
import { checkReplaced, manifestOf, preparedOf } from './prepared.js';

const file = (path: string, rows: number) => ({ path, rows, bytes: 10 * rows, checksum: `sha256:${path}` });

describe('the accounts of an attempt', () => {
  it('are of all its files, which must hold the rows that were taken', () => {
    expect(preparedOf('routes', 3, [file('a', 1), file('b', 2)])).toMatchObject({ rows: 3, bytes: 30 });
    for (const rows of [2, 4]) {
      expect(() => preparedOf('routes', rows, [file('a', 1), file('b', 2)])).toThrow(
        `its files hold 3 rows, but ${rows} were taken`,
      );
    }
  });
});

describe('the manifest of an output', () => {
  it('tells of the commit when the job can be resumed, and of rows left out', () => {
    const prepared = [preparedOf('routes', 2, [file('a', 2)]), preparedOf('routes', 1, [file('b', 1)])];
    const init = {
      runId: 'r1',
      output: 'routes',
      format: 'lines',
      schema: testSchema,
      partitionBy: [],
      prepared,
    };
    expect(manifestOf(init)).not.toHaveProperty('commits');
    expect(manifestOf({ ...init, key: 'k', rejected: 4 })).toMatchObject({
      rows: 3,
      rejected: 4,
      commits: [{ runId: 'r1', key: 'k', rows: 3, rejected: 4, bytes: 30, files: 2 }],
    });
  });
});

describe('files that stand for others', () => {
  it('must hold as many rows in each partition', () => {
    const replaced = [file('p=1/a', 2), file('p=1/b', 1), file('p=2/a', 5)];
    expect(() => checkReplaced('routes', replaced, [file('p=1/c', 3), file('p=2/c', 5)])).not.toThrow();
    expect(() => checkReplaced('routes', replaced, [file('p=1/c', 4), file('p=2/c', 4)])).toThrow(
      'the files of p=1 hold 1 rows more than those they replace',
    );
    expect(() => checkReplaced('routes', [file('a', 2)], [file('b', 1)])).toThrow(
      'its files hold 1 rows fewer',
    );
  });
});
