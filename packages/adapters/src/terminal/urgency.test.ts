import { expect, it } from 'vitest';
import { output, writes } from './testing/fake-run.js';
import { countStates, urgentOutputs, urgentSources } from './urgency.js';

const names = (all: readonly { readonly name: string }[]): string => all.map(({ name }) => name).join(' ');

it('puts outputs in trouble first, then those under way, and keeps the order within each kind', () => {
  const outputs = [
    output('done', { state: 'done', writes: writes({ prepared: 3, failed: 1 }) }),
    output('queued', { state: 'queued' }),
    output('active'),
    output('retrying', { writes: writes({ retrying: 1 }) }),
    output('cancelled', { state: 'cancelled' }),
    output('failed', { state: 'failed' }),
    output('waiting', { writes: writes({ paused: 1 }) }),
    output('active-too'),
  ];
  expect(names(urgentOutputs(outputs))).toBe(
    'failed retrying waiting cancelled active active-too queued done',
  );
});

it('puts sources that drop or reject first, and those that are read to the end last', () => {
  const sources = [
    { name: 'read', rows: 5, totalRows: 5 },
    { name: 'unknown', rows: 5 },
    { name: 'rejecting', rows: 5, totalRows: 5, rejectedRows: 1 },
    { name: 'half', rows: 5, totalRows: 10 },
    { name: 'dropping', rows: 5, droppedItems: 2 },
  ];
  expect(names(urgentSources(sources))).toBe('rejecting dropping unknown half read');
});

it('counts outputs by state, those in trouble first', () => {
  const done = Array.from({ length: 1_200 }, (_, n) => output(`${n}`, { state: 'done' }));
  expect(countStates([...done, output('a'), output('b', { state: 'failed' })])).toBe(
    '1 failed, 1 active, 1,200 done',
  );
});
