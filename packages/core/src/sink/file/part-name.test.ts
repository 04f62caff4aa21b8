import { describe, expect, it } from 'vitest';
import { checkExtension, partName } from './part-name.js';

const naming = { runId: 'run-1', write: 3, attempt: 2, extension: '.csv.gz' };

describe('partName', () => {
  it('is the same in a rerun', () => {
    expect(partName(naming, 7)).toBe(partName({ ...naming }, 7));
    expect(partName(naming, 7)).toMatch(/^part-00003-2-007-[0-9a-f]{12}\.csv\.gz$/);
  });

  it('differs by run, write, attempt and part, also beyond the padding', () => {
    const names = [
      partName(naming, 0),
      partName(naming, 1),
      partName(naming, 1_000),
      partName(naming, 10_000),
      partName({ ...naming, write: 4 }, 0),
      partName({ ...naming, attempt: 3 }, 0),
      partName({ ...naming, runId: 'run-2' }, 0),
    ];
    expect(new Set(names).size).toBe(names.length);
  });
});

describe('checkExtension', () => {
  it('takes endings and refuses what would choose another directory', () => {
    for (const extension of ['.csv', '.csv.gz', '.parquet'])
      expect(checkExtension(extension, 'f')).toBe(extension);
    for (const extension of ['', 'csv', '.', '/../x', '.csv/..', '..', '.a b', undefined]) {
      expect(() => checkExtension(extension, 'f'), String(extension)).toThrow(
        expect.objectContaining({ code: 'MODULE_INVALID' }),
      );
    }
  });
});
