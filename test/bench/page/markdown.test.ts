import { describe, expect, it } from 'vitest';
import { atLeast } from '../harness/bars.js';
import type { KeptResult } from '../harness/results.js';
import { benchmarksPage } from './markdown.js';
import { textTable } from './table.js';

const measure = (contender: string, median: number, ratioToTailrace: number | null) => ({
  contender,
  metric: 'speed',
  unit: 'M rows/s',
  median,
  min: median,
  max: median,
  ratioToTailrace,
});
const result: KeptResult = {
  name: 'rows',
  title: 'row objects to a file',
  about: 'Many flights.',
  quick: false,
  machine: {
    cpu: 'EPYC',
    cores: 2,
    memoryGib: 23,
    kernel: 'linux 6.1 x64',
    node: '20.20.2',
    disk: 'ext4',
    date: '2001-02-03',
  },
  measures: [measure('other', 1.5, 0.5), measure('Tailrace', 3, 1), measure('a | b', 2, null)],
  bars: [atLeast('speed against other', 1.8, 2, 'x'), atLeast('speed against a | b', 1.8, 1.5, 'x')],
  plots: [{ kind: 'bars', title: 'Speed', unit: 's', rows: [] }],
  notes: ['The other one writes a part.'],
};

describe('the page', () => {
  const page = benchmarksPage([result], '## Profiles\n\nBy hand.\n');

  it('says for every bar whether it was met, with figure and bar', () => {
    expect(page).toContain('| met | speed against other | 2.00 x | at least 1.80 x |');
    expect(page).toContain('| **missed** | speed against a \\| b | 1.50 x | at least 1.80 x |');
  });

  it('shows ratios before figures, Tailrace first, and keeps a table whole whatever names hold', () => {
    const lines = page.split('\n').filter((line) => line.startsWith('| speed'));
    expect(lines).toEqual([
      '| speed | Tailrace | 1.00 x | 3.00 | 3.00 | 3.00 | M rows/s |',
      '| speed | other | 0.500 x | 1.50 | 1.50 | 1.50 | M rows/s |',
      '| speed | a \\| b | – | 2.00 | 2.00 | 2.00 | M rows/s |',
    ]);
  });

  it('folds costs away, and nothing else', () => {
    const cost = { ...measure('Tailrace', 7, 1), metric: 'CPU time, zstd' };
    const folded = benchmarksPage([{ ...result, measures: [...result.measures, cost] }], '');
    const [open = '', details = ''] = folded.split('<details>');
    expect(details).toContain('| CPU time, zstd | Tailrace |');
    expect(details.slice(0, details.indexOf('</details>'))).not.toContain('| speed |');
    expect(open).not.toContain('CPU time, zstd');
    expect(page).not.toContain('<details>');
  });

  it('has the plot, the notes, the machine, and what people wrote', () => {
    expect(page).toContain('![Speed](benchmarks/rows.svg)');
    expect(page).toContain('- The other one writes a part.');
    expect(page).toContain(
      'Measured 2001-02-03 on EPYC, 2 cores, 23 GiB, linux 6.1 x64, Node 20.20.2, ext4.',
    );
    expect(page.endsWith('## Profiles\n\nBy hand.\n')).toBe(true);
  });
});

describe('the table of a terminal', () => {
  it('has columns of even width', () => {
    const lines = textTable(result.measures).split('\n');
    const ends = lines.map((line) => line.indexOf('M rows/s') >= 0 && line.indexOf('M rows/s'));
    expect(new Set(ends.slice(1)).size).toBe(1);
  });
});
