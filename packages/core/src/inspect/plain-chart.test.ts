import { describe, expect, it } from 'vitest';
import { createMachine, fromPromise, setup } from 'xstate';
import { type PlainChart, plainChart } from './plain-chart.js';

const machine = setup({
  types: { context: {} as { readonly token: string } },
  actors: { send: fromPromise(async () => {}) },
  guards: { isSmall: () => true },
}).createMachine({
  id: 'upload',
  context: { token: 'secret' },
  initial: 'sending',
  on: { stop: '.given up' },
  states: {
    sending: {
      invoke: {
        id: 'send',
        src: 'send',
        onDone: [{ guard: 'isSmall', target: 'sent' }],
        onError: '#upload.given up',
      },
      after: { 1000: { target: 'sending', reenter: true } },
      initial: 'first',
      states: { first: { always: 'second' }, second: {} },
    },
    sent: { type: 'final' },
    'given up': { type: 'final', output: () => 'secret' },
  },
});
const none: PlainChart = { on: {}, after: {}, always: [], invoke: [] };

describe('the plain form of a chart', () => {
  it('has the states of a machine and what leads from one to another, and nothing else', () => {
    expect(plainChart(machine.config)).toEqual({
      ...none,
      id: 'upload',
      initial: 'sending',
      on: { stop: [{ target: ['.given up'] }] },
      states: {
        sending: {
          ...none,
          initial: 'first',
          after: { 1000: [{ target: ['sending'] }] },
          invoke: [
            {
              id: 'send',
              src: 'send',
              onDone: [{ target: ['sent'] }],
              onError: [{ target: ['#upload.given up'] }],
            },
          ],
          states: { first: { ...none, always: [{ target: ['second'] }] }, second: none },
        },
        sent: { ...none, type: 'final' },
        'given up': { ...none, type: 'final' },
      },
    });
  });

  it('crosses threads, though effects are written within the machine', () => {
    const inline = createMachine({
      initial: 'on',
      states: { on: { invoke: { src: fromPromise(async () => {}), onDone: { actions: () => {} } } } },
    });
    const chart = plainChart(inline.config);
    expect(structuredClone(chart)).toEqual(chart);
  });

  it('is there for machines only', () => {
    for (const config of [undefined, null, async () => {}, {}]) expect(plainChart(config)).toBeUndefined();
  });

  it('has no more than 500 states', () => {
    const states = Object.fromEntries(Array.from({ length: 501 }, (_, at) => [`s${at}`, {}]));
    expect(Object.keys(plainChart({ states })?.states ?? {})).toHaveLength(500);
  });
});
