import { expect, it } from 'vitest';
import { customSink } from '../sink/custom-sink.js';
import { fromIterable } from '../source/from-iterable.js';
import { pipeline } from './pipeline.js';

const declared = pipeline('names', (flow) => {
  const rows = flow.source('rows', fromIterable([{ name: 'a' }]));
  const sink = customSink<{ name: string }>(
    new URL('file:///no-such-sink.js'),
    {},
    { target: 'there', spillable: false },
  );
  flow.write('out', rows, sink);
});

it('durable: true is refused where rows only name what something else holds', () => {
  const run = () => declared.run({ resume: 'never-made', durable: true });
  expect(run).toThrow(
    expect.objectContaining({ code: 'PLAN_INVALID', context: { pipeline: 'names', output: 'out' } }),
  );
  expect(run).toThrow(/durable: true cannot be kept with output 'out' to there/);
});
