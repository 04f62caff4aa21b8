import { expect, test } from 'vitest';
import type { OutputSummary, RunSummary } from './progress-source.js';
import { summaryTable } from './summary-table.js';

const output = (name: string, change: Partial<OutputSummary> = {}): OutputSummary => ({
  name,
  target: `out/${name}`,
  state: 'done',
  rows: 3_000_000,
  rejected: 0,
  bytes: 16_300_000,
  files: 52,
  writes: 12,
  attempts: 12,
  writeMs: 4200,
  ...change,
});

const report = (outputs: readonly OutputSummary[]): RunSummary => ({
  pipeline: 'flights',
  state: 'completed',
  elapsedMs: 12_345,
  rows: 12_464_211,
  bytes: 118_000_000,
  peakBytesHeld: 201_000_000,
  readMs: 3100,
  computeMs: 9000,
  writeMs: 8000,
  hiddenShare: 0.93,
  advice: { text: 'Compute-bound: more workers would not help.' },
  outputs,
});

test('the table lines its columns up and says what was hidden', () => {
  const text = summaryTable(
    report([output('routes'), output('daily', { rows: 5, bytes: 900, files: 1, writes: 1, attempts: 3 })]),
  );
  expect(text).toBe(
    [
      'output  state       rows     size  files  writes  attempts  writing  target',
      'routes  done   3,000,000  16.3 MB     52      12        12    4.2 s  out/routes',
      'daily   done           5    900 B      1       1         3    4.2 s  out/daily',
      '',
      'flights completed: wrote 12,464,211 rows (118 MB, files: 53) in 12.3 s, 93 % of the writing hidden behind computing',
      'reading 3.1 s, computing 9.0 s, writing 8.0 s; at most 201 MB held',
      'Compute-bound: more workers would not help.',
      '',
    ].join('\n'),
  );
});

test('a target beneath the working directory is told as one would type it there', () => {
  const targets = [`${process.cwd()}/out/routes`, '/elsewhere/out', process.cwd(), 's3://bucket/out'];
  const text = summaryTable(report(targets.map((target, index) => output(`${index}`, { target }))));
  const told = text.split('\n').slice(1, 5);
  expect(told.map((line) => line.split(' ').at(-1))).toEqual(['out/routes', ...targets.slice(1)]);
});

test('failed outputs are told with their reason, unless the program tells it itself', () => {
  const failed = report([
    output('routes', { state: 'failed', error: { code: 'STORE_FAILED', message: 'the disk is full' } }),
  ]);
  expect(summaryTable(failed)).toContain('routes failed: the disk is full\n');
  const text = summaryTable(failed, { reasons: false });
  expect(text).not.toContain('the disk is full');
  expect(text).toMatch(/^routes {2}failed/m);
});

test('neither credentials nor escape sequences of a target or a message reach the terminal', () => {
  const text = summaryTable(
    report([
      output('routes', {
        state: 'failed',
        target: 'https://account.example/routes?sig=classified\u001b[2J',
        error: { code: 'STORE_FAILED', message: 'PUT s3://key:classified@host\u001b[1A\nroutes is done' },
      }),
    ]),
  );
  expect(text).not.toContain('classified');
  expect(text).not.toContain('\u001b');
  expect(text).toMatch(/^routes {2}failed .* https:\/\/account\.example\/routes\?\*\*\*$/m);
  expect(text).toContain('routes failed: PUT s3://***@host routes is done\n');
});

test('files of outputs that failed are not among what was written', () => {
  const failed = output('daily', { state: 'failed', files: 7 });
  expect(summaryTable(report([output('routes', { files: 2 }), failed]))).toContain('files: 2)');
});

test('rows that were rejected, and items that a source has dropped, are told where there are any', () => {
  const text = summaryTable({
    ...report([output('routes', { rejected: 1_234 }), output('daily')]),
    stages: [
      { name: 'ticks', receivedItems: 5_000_000, droppedItems: 70 },
      { name: 'calm', receivedItems: 5, droppedItems: 0 },
      { name: 'slim', receivedItems: undefined, droppedItems: undefined },
    ],
  });
  const [head = '', routes = '', daily = ''] = text.split('\n');
  expect(head).toContain('rows  rejected     size');
  expect(routes).toContain('3,000,000     1,234  16.3 MB');
  expect(daily).toContain('3,000,000         0  16.3 MB');
  expect(text).toContain('\nticks dropped 70 of 5,000,000 items\n');
  expect(text).not.toMatch(/calm|slim/);
});
