import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { activePaths, chartOf } from './chart.js';
import { pictureOfChart } from './chart-picture.js';

describe('a chart', () => {
  it('lists states below their parents, with what leads out of them', () => {
    const definition = JSON.stringify({
      id: 'worker',
      initial: 'up',
      states: {
        up: {
          initial: 'idle',
          states: { idle: { on: { load: 'busy' } }, busy: { always: { target: 'idle' } } },
          invoke: { id: 'thread', onError: 'crashed' },
        },
        crashed: { after: { backoff: [{ target: 'up' }] }, type: 'final' },
      },
    });
    expect(
      chartOf(definition).states.map(({ path, depth, transitions }) => [path, depth, transitions]),
    ).toEqual([
      ['up', 0, [{ on: 'failed: thread', to: 'crashed', target: 'crashed' }]],
      ['up.idle', 1, [{ on: 'load', to: 'busy', target: 'up.busy' }]],
      ['up.busy', 1, [{ on: 'at once', to: 'idle', target: 'up.idle' }]],
      ['crashed', 0, [{ on: 'after backoff', to: 'up', target: 'up' }]],
    ]);
  });

  it('finds what a target stands for: by id, as a child, as a sibling, or nowhere', () => {
    const definition = JSON.stringify({
      id: 'output',
      on: { stop: '.done' },
      states: {
        open: {
          on: { a: '#output.shut.in', b: '#deep', c: '.inner', d: 'shut', e: 'nowhere', f: '#other.x' },
          states: { inner: {} },
        },
        shut: { states: { in: { id: 'deep' } } },
        done: {},
      },
    });
    const { states, anywhere } = chartOf(definition);
    expect(anywhere).toEqual([{ on: 'stop', to: '.done', target: 'done' }]);
    expect(states[0]?.transitions.map(({ target }) => target)).toEqual([
      'shut.in',
      'shut.in',
      'open.inner',
      'shut',
      undefined,
      undefined,
    ]);
  });

  it('of any text and any value is some list', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), fc.jsonValue(), (definition, value) => {
        const chart = chartOf(definition);
        expect(Array.isArray(chart.states)).toBe(true);
        const { width, height } = pictureOfChart(chart);
        expect(Number.isFinite(width + height)).toBe(true);
        // JSON is plain data.
        expect(activePaths(value as never)).toBeInstanceOf(Set);
      }),
    );
  });

  it('lights a state and those around it, of parallel ones all', () => {
    expect([...activePaths('idle')]).toEqual(['idle']);
    expect([...activePaths({ up: { busy: 'deep' } })]).toEqual(['up', 'up.busy', 'up.busy.deep']);
    expect([...activePaths({ running: { computing: 'flowing', writing: {} } })]).toEqual([
      'running',
      'running.computing',
      'running.computing.flowing',
      'running.writing',
    ]);
  });
});
