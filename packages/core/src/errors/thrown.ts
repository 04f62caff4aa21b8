// Owns the reading of what was thrown, which may be anything: null, a proxy, an object whose getters throw. Nothing here
// throws, and what comes out is plain.

/** A property of anything; undefined where there is none, or where it cannot be read. */
export function readFrom(thrown: unknown, property: string): unknown {
  if ((typeof thrown !== 'object' || thrown === null) && typeof thrown !== 'function') return undefined;
  try {
    // Reflect takes any object; what it gives back is unknown.
    return Reflect.get(thrown, property);
  } catch {
    return undefined;
  }
}

/** The text of a property, if it is one. */
export function textFrom(thrown: unknown, property: string): string | undefined {
  const value = readFrom(thrown, property);
  return typeof value === 'string' ? value : undefined;
}

/** True for errors, those of other realms too. */
export function isError(thrown: unknown): thrown is Error {
  try {
    return (
      thrown instanceof Error ||
      (typeof thrown === 'object' && Object.prototype.toString.call(thrown) === '[object Error]')
    );
  } catch {
    return false;
  }
}

/** The text of anything that was thrown, `throw null` included. Never throws. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  if (isError(thrown)) {
    return textFrom(thrown, 'message') ?? `an error whose message cannot be read${named(thrown)}`;
  }
  const kind = thrown === null ? 'null' : typeof thrown;
  try {
    return `a thrown ${kind}: ${String(thrown)}`;
  } catch {
    return `a thrown ${kind} that has no text`;
  }
}

function named(thrown: unknown): string {
  const name = textFrom(thrown, 'name');
  return name === undefined ? '' : ` (${name})`;
}

/** The errors that an AggregateError, or what looks like one, gathers. */
export function gatheredBy(thrown: unknown): readonly unknown[] {
  if (!isError(thrown)) return [];
  const errors = readFrom(thrown, 'errors');
  try {
    return Array.isArray(errors) ? [...errors] : [];
  } catch {
    return [];
  }
}

const mostCauses = 4;

/** What was thrown, and the causes of it, nearest first: at most four. */
export function causesOf(thrown: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  let cause = isError(thrown) ? readFrom(thrown, 'cause') : undefined;
  while (cause !== undefined && cause !== null && causes.length < mostCauses) {
    causes.push(cause);
    cause = isError(cause) ? readFrom(cause, 'cause') : undefined;
  }
  return causes;
}
