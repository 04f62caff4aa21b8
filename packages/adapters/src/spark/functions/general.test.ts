import { describe, expect, it } from 'vitest';
import { col } from '../column/column.js';
import { callFunction } from './general.js';

/** Its function, and how many arguments that has. */
function asked(...given: Parameters<typeof callFunction>) {
  const { exprType } = callFunction(...given).expression;
  if (exprType.case !== 'unresolvedFunction' && exprType.case !== 'callFunction') return exprType.case;
  return [exprType.case, exprType.value.functionName, exprType.value.arguments?.length];
}

describe('a function by its name', () => {
  it('that draws at random is given a seed when it has none', () => {
    for (const name of ['rand', 'random', 'randn', 'uuid'])
      expect(asked(name)).toEqual(['unresolvedFunction', name, 1]);
    expect(asked('UUID')).toEqual(['unresolvedFunction', 'uuid', 1]);
    expect(asked('shuffle', col('list'))).toEqual(['unresolvedFunction', 'shuffle', 2]);
    const [one, other] = [callFunction('uuid'), callFunction('uuid')];
    expect(one.expression).not.toEqual(other.expression);
  });

  it('is otherwise as it is given', () => {
    expect(asked('rand', 7)).toEqual(['callFunction', 'rand', 1]);
    expect(asked('shuffle', col('list'), 7)).toEqual(['callFunction', 'shuffle', 2]);
    expect(asked('my_function')).toEqual(['callFunction', 'my_function', 0]);
    expect(asked('constructor')).toEqual(['callFunction', 'constructor', 0]);
  });
});
