// Owns a queue in which joining, leaving from any place and being served take constant time, however long it is:
// `Array.shift` and `filter` move everything behind. Its size is limited by who fills it.

export interface Fifo<T> {
  readonly size: number;
  /** Joins at the end. What it returns leaves the queue from wherever it stands; later calls do nothing. */
  push(item: T): () => void;
  /** Takes the one that has waited longest. */
  shift(): T | undefined;
  /** Those that wait, the longest first. */
  items(): T[];
  /** Takes them all. */
  drain(): T[];
}

interface Place<T> {
  readonly item: T;
  /** Served, or has left. */
  empty: boolean;
}

/** Places behind the head from which on they are given back. */
const compactFrom = 64;

export function createFifo<T>(): Fifo<T> {
  // Undefined behind the head: what was served is not kept alive by the place it stood in.
  let places: (Place<T> | undefined)[] = [];
  let head = 0;
  let size = 0;

  const empty = (place: Place<T>): void => {
    if (place.empty) return;
    place.empty = true;
    size -= 1;
  };
  const items = (): T[] =>
    places.slice(head).flatMap((place) => (place === undefined || place.empty ? [] : [place.item]));

  return {
    get size() {
      return size;
    },
    push(item) {
      const place: Place<T> = { item, empty: false };
      places.push(place);
      size += 1;
      return () => empty(place);
    },
    shift() {
      while (places[head]?.empty) head += 1;
      // When half of it lies behind, moving the rest costs no more than the way here did.
      if (head >= compactFrom && head * 2 >= places.length) {
        places = places.slice(head);
        head = 0;
      }
      const place = places[head];
      if (place === undefined) return undefined;
      places[head] = undefined;
      head += 1;
      empty(place);
      return place.item;
    },
    items,
    drain() {
      const rest = items();
      for (const place of places) if (place !== undefined) empty(place);
      places = [];
      head = 0;
      return rest;
    },
  };
}
