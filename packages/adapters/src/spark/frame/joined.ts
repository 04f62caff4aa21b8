// Owns the types of joined rows: which columns a join keeps, and which of them may be null.

/** Rows of which no row of the other side may have been found: their columns are null then. */
type Missing<R> = { [K in keyof R]: R[K] | null };

type Either<R, S, K extends PropertyKey> = { [P in K & keyof R & keyof S]: R[P] | S[P] };

/**
 * Rows of `R` joined with rows of `S`. A kind that is not known before gives all that it may be.
 * @typeParam H the kind of join
 * @typeParam K columns that both have and are joined by, of which the result has one: the side that keeps all its rows gives
 *   it, of an
 *   inner join the left one
 */
export type Joined<R, S, H extends string, K extends PropertyKey> = H extends 'leftSemi' | 'leftAnti'
  ? R
  : H extends 'left'
    ? R & Missing<Omit<S, K>>
    : H extends 'right'
      ? Missing<Omit<R, K>> & S
      : H extends 'full'
        ? Missing<Omit<R, K>> & Missing<Omit<S, K>> & Either<R, S, K>
        : R & Omit<S, K>;
