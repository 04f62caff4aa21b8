import { describe, expect, it } from 'vitest';
import { createMachine, fromPromise, setup } from 'xstate';
import { type PlainChart, plainChart, plainStates } from './plain-chart.js';

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

describe('the plain form of the states that an actor is in', () => {
  const { config } = machine;

  it('is a copy of what the chart has', () => {
    const nested = { sending: 'first' };
    expect(plainStates(config, 'sent')).toBe('sent');
    expect(plainStates(config, nested)).toEqual(nested);
    expect(plainStates(config, nested)).not.toBe(nested);
    const regions = { type: 'parallel', states: { a: {}, b: { states: { on: {} } } } };
    expect(plainStates(regions, { a: {}, b: 'on' })).toEqual({ a: {}, b: 'on' });
  });

  it('has nothing that is not in the chart, and nothing without a chart', () => {
    const circle: Record<string, unknown> = {};
    circle.sending = circle;
    for (const value of [
      'secret',
      { sending: 'secret' },
      { password: 'x' },
      ['sent'],
      7,
      null,
      circle,
      undefined,
    ])
      expect(plainStates(config, value)).toBeUndefined();
    for (const of of [undefined, null, async () => {}, {}]) expect(plainStates(of, 'sent')).toBeUndefined();
    expect(plainStates(config, 'toString')).toBeUndefined();
  });

  it('ends in circles, and after 500 states', () => {
    const round: { readonly states: Record<string, unknown> } = { states: {} };
    round.states.a = round;
    const value: Record<string, unknown> = {};
    value.a = value;
    expect(plainStates(round, value)).toBeUndefined();
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, at) => [`s${at}`, {}]));
    expect(plainStates({ states: many(499) }, many(499))).toEqual(many(499));
    expect(plainStates({ states: many(501) }, many(501))).toBeUndefined();
  });
});
