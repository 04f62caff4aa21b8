import { describe, expect, it } from 'vitest';
import { ValueError } from '../errors/named-errors.js';
import { createCollisionGuard } from './collisions.js';

describe('the collision guard', () => {
  it('takes the same directory again, and different ones', () => {
    const guard = createCollisionGuard('routes');
    for (const directory of ['state=CA', 'state=NY', 'state=CA', 'state=CA/year=1', 'state=CA/year=2']) {
      guard.add(directory);
    }
  });

  it('refuses two directories that differ only by case, naming both', () => {
    const guard = createCollisionGuard('routes');
    guard.add('state=Ca');
    const refusal = expect(() => guard.add('state=CA'));
    refusal.toThrow(ValueError);
    refusal.toThrow(/"routes".*"state=Ca".*"state=CA"/);
  });

  it('refuses directories that differ only by Unicode form or special casing', () => {
    for (const [one, other] of [
      ['é', 'e\u0301'],
      ['straße', 'STRASSE'],
      ['Å', '\u212b'],
    ] as const) {
      const guard = createCollisionGuard('o');
      guard.add(`p=${one}`);
      expect(() => guard.add(`p=${other}`), one).toThrow(ValueError);
    }
  });

  it('sees a collision of an outer directory although the inner ones differ', () => {
    const guard = createCollisionGuard('o');
    guard.add('a=x/b=1');
    expect(() => guard.add('a=X/b=2')).toThrow(ValueError);
  });
});
