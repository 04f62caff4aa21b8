import { describe, expect, it } from 'vitest';
import { checkKinds, shownOption } from './check-options.js';

describe('checkKinds', () => {
  it('takes what is of its kind, and what is left out', () => {
    const options = { name: 'x', on: true, list: ['a'], call: () => 1, some: {}, n: 1, none: 0, wait: 0.5 };
    const kinds = {
      name: 'text',
      on: 'flag',
      list: 'texts',
      call: 'function',
      some: 'object',
      n: 'count',
      none: 'whole',
      wait: 'ms',
    } as const;
    expect(() => checkKinds('it', options, kinds, 'try')).not.toThrow();
    expect(() => checkKinds('it', { name: undefined }, { name: 'text' }, 'try')).not.toThrow();
  });

  it.each([
    ['text', 5],
    ['flag', 'no'],
    ['texts', ['a', null]],
    ['function', {}],
    ['object', null],
    ['count', 0],
    ['count', 2 ** 53],
    ['whole', -1],
    ['ms', Number.NaN],
    ['ms', 5n],
  ] as const)('refuses as %s: %o', (kind, value) => {
    expect(() => checkKinds('csv(x.csv)', { option: value }, { option: kind }, 'declare csv')).toThrow(
      expect.objectContaining({
        code: 'PLAN_INVALID',
        operation: 'declare csv',
        message: expect.stringContaining('csv(x.csv): the option option must be'),
      }),
    );
  });

  it('shows values without running their code', () => {
    const shown = (): never => {
      throw new Error('shown');
    };
    expect([Symbol('s'), { toString: shown }, null, [1], () => 1, 'a', 5n].map(shownOption)).toEqual([
      'Symbol(s)',
      'an object',
      'null',
      'an array',
      'a function',
      '"a"',
      '5',
    ]);
  });
});
