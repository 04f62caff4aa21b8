// Owns the mark of items that only name rows, which are with somebody else: a server, for instance. What would make columns of
// such an item would keep a name and none of its rows.

/** Marks the class of an item: who has its rows, as a text. */
export const rowsElsewhere: unique symbol = Symbol.for('tailrace.rowsElsewhere');

/** By what such an item is told which outputs take it. */
export const takenBy: unique symbol = Symbol.for('tailrace.takenBy');

/** An item that names rows which `Place` has, and holds none of them. Neither held nor written by sinks of rows. */
export interface RowsElsewhere<out Place extends string = string> {
  readonly [rowsElsewhere]: Place;
  /** On the main thread, before an output has the item: what it names is to be there until that output has ended. Must not throw. */
  [takenBy]?(output: Taker): void;
}

/** An output, as the functions of its sink are told of it. */
export interface Taker {
  readonly runId: string;
  readonly output: string;
}

/** What a sink says of itself that takes items whose rows are elsewhere, and has them written there. */
export interface TakesRowsFrom<Place extends string> {
  /** As its items say it. */
  readonly takesFrom: Place;
}

/**
 * An item that is a row itself, or has some. It decides nothing, so that functions over any rows may be written, which a type
 * with conditions keeps from them.
 */
export type RowsHere = object & { readonly [rowsElsewhere]?: never };

type PlaceOf<R> = R extends RowsElsewhere<infer Place> ? Place : never;
/** `any` and `never` may be anything. */
type IfElsewhere<R, Then> = 0 extends 1 & R ? unknown : [PlaceOf<R>] extends [never] ? unknown : Then;

/** What a sink of `R` must be besides: nothing, or one that takes rows from where those of `R` are. The text is for the compiler to tell. */
export type TakesRowsOf<R> = IfElsewhere<
  R,
  | TakesRowsFrom<PlaceOf<R>>
  | `These items only name rows that ${PlaceOf<R>} has, so a sink of rows would write the names: use one that has ${PlaceOf<R>} write them`
>;

/** What a stage of `R` must be besides to be held: nothing, or what none is. */
export type HasRowsOf<R> = IfElsewhere<
  R,
  `These items only name rows that ${PlaceOf<R>} has: there is nothing here to hold`
>;

/** Whether an item only names rows. */
export function hasRowsElsewhere(item: unknown): item is RowsElsewhere {
  if (typeof item !== 'object' || item === null) return false;
  try {
    return rowsElsewhere in item;
  } catch {
    // A proxy may throw. Whoever reads its properties tells so.
    return false;
  }
}

/** Tells an item that only names rows which outputs take it. */
export function tellTakers(
  item: unknown,
  outputs: readonly { readonly runId?: string | undefined; readonly name: string }[],
): void {
  if (!hasRowsElsewhere(item)) return;
  for (const { runId = '', name: output } of outputs) item[takenBy]?.({ runId, output });
}
