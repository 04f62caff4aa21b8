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

  it('of more arrows than can be laid out in time is a grid, whose states say where they lead', () => {
    const chart = (states: number, transitions: number): ReturnType<typeof pictureOfChart> => {
      const named = Array.from({ length: states }, (_, n) => [
        `s${n}`,
        {
          on: Object.fromEntries(
            Array.from({ length: transitions }, (_, k) => [`e${k}`, `s${(n * 7 + k * 13 + 1) % states}`]),
          ),
        },
      ]);
      return pictureOfChart(chartOf(JSON.stringify({ initial: 's0', states: Object.fromEntries(named) })));
    };
    const small = chart(20, 4);
    expect(small.isCrowded).toBe(false);
    expect(small.arrows.length).toBeGreaterThan(20);
    // It took half a minute while there were arrows.
    const large = chart(100, 10);
    expect(large.isCrowded).toBe(true);
    expect(large.arrows).toEqual([]);
    expect(large.boxes).toHaveLength(100);
    expect(large.boxes[3]?.notes).toContain('e0 → s22');
    for (const [index, a] of large.boxes.entries()) {
      expect(a.x + a.width).toBeLessThanOrEqual(large.width);
      expect(a.y + a.height).toBeLessThanOrEqual(large.height);
      for (const b of large.boxes.slice(index + 1)) {
        const isApart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y;
        expect(isApart || b.y + b.height <= a.y).toBe(true);
      }
    }
  });
});
