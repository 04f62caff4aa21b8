import { expectTypeOf, it } from 'vitest';
import type { Joined } from './joined.js';

interface Left {
  readonly id: number;
  readonly a: string;
}
interface Right {
  readonly id: bigint;
  readonly b: string;
}

it('an inner join by a column that both sides have in other types has it as the left one', () => {
  type Row = Joined<Left, Right, 'inner', 'id'>;
  expectTypeOf<Row['id']>().toEqualTypeOf<number>();
  expectTypeOf<Row['b']>().toEqualTypeOf<string>();
});
