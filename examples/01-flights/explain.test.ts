import { expect, test } from 'vitest';
import { explain } from './explain.js';

test('errors that one gathers are told after it, with their causes, but no message twice', () => {
  const disk = new Error('ENOSPC: the disk is full');
  const daily = new Error('daily cannot be written', { cause: disk });
  const hourly = new Error('hourly cannot be written', { cause: disk });
  const error = new AggregateError([daily, hourly], 'failed:\n  - daily cannot be written');
  expect(explain(error)).toBe(
    [
      'failed:',
      '  - daily cannot be written',
      '    ENOSPC: the disk is full',
      '  hourly cannot be written',
    ].join('\n'),
  );
});

test('what is no error is told as it is', () => {
  expect(explain('stopped')).toBe('stopped');
});
