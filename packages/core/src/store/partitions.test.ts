import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fingerprints, partitionsOf, staysBeside } from './partitions.js';

const file = (path: string, checksum = 'sha256:1') => ({ path, checksum, rows: 1, bytes: 1 });

describe('what stays when partitions are replaced', () => {
  const replaced = partitionsOf({ files: [file('y=1/s=CA/part')] });

  it.each(['part', 'y=1/part', 'y=1/s=NY/part', 'y=1/s=CALIFORNIA/part', 'y=10/s=CA/part'])('%s', (path) => {
    expect(staysBeside(replaced, path)).toBe(true);
  });

  it.each(['y=1/s=CA/part-old', 'y=1/s=CA/deeper/part'])('is not %s', (path) => {
    expect(staysBeside(replaced, path)).toBe(false);
  });

  it('is everything when nothing is written', () => {
    expect(staysBeside(partitionsOf({ files: [] }), 'y=1/part')).toBe(true);
  });
});

describe('the fingerprint of a partition', () => {
  const name = fc.stringMatching(/^[a-z]{1,3}$/);
  const filesOf = fc.uniqueArray(fc.tuple(name, name, name), { selector: ([a, b]) => `${a}/${b}` });

  it('is the same in any order, and another when a file of it is another, and only then', () => {
    void fc.assert(
      fc.property(filesOf, (entries) => {
        const files = entries.map(([directory, part, checksum]) => file(`${directory}/${part}`, checksum));
        const all = fingerprints({ files });
        expect(fingerprints({ files: files.toReversed() })).toEqual(all);
        for (const [at, { path }] of files.entries()) {
          const directory = path.slice(0, path.indexOf('/'));
          const others = fingerprints({ files: files.toSpliced(at, 1) });
          const changed = fingerprints({ files: files.with(at, file(path, 'another')) });
          for (const [partition, print] of all) {
            expect(others.get(partition) === print).toBe(partition !== directory);
            expect(changed.get(partition) === print).toBe(partition !== directory);
          }
        }
      }),
    );
  });
});
