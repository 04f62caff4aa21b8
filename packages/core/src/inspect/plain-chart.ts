// Owns the plain form of a machine's chart, as it crosses threads: states, and what leads from one to another. No code, and
// nothing of context, input or parameters.

/** A state, or the machine itself, as XState writes it. Inspectors draw it. */
export interface PlainChart {
  readonly id?: string;
  readonly type?: string;
  readonly initial?: string;
  readonly states?: Readonly<Record<string, PlainChart>>;
  readonly on?: Readonly<Record<string, readonly PlainTransition[]>>;
  readonly after?: Readonly<Record<string, readonly PlainTransition[]>>;
  readonly always?: readonly PlainTransition[];
  readonly invoke?: readonly PlainInvocation[];
}

interface PlainTransition {
  readonly target: readonly string[];
}

interface PlainInvocation {
  readonly id?: string;
  readonly src?: string;
  readonly onDone: readonly PlainTransition[];
  readonly onError: readonly PlainTransition[];
}

/** States of a chart that are told; what lies beyond is left out. */
const mostStates = 500;

/** The chart of a machine's configuration; undefined for actors that have none. */
export function plainChart(config: unknown): PlainChart | undefined {
  if (!isChart(config)) return undefined;
  let left = mostStates;
  const chartOf = (node: unknown): PlainChart => {
    const { states, on, after, always, invoke, ...rest } = recordOf(node);
    const shown: [string, PlainChart][] = [];
    for (const [name, inner] of Object.entries(recordOf(states))) {
      left -= 1;
      if (left < 0) break;
      shown.push([name, chartOf(inner)]);
    }
    return {
      ...textOf('id', rest.id),
      ...textOf('type', rest.type),
      ...textOf('initial', targetsOf(rest.initial)[0]?.target[0]),
      ...(shown.length === 0 ? {} : { states: Object.fromEntries(shown) }),
      on: byEvent(on),
      after: byEvent(after),
      always: targetsOf(always),
      invoke: listOf(invoke).map(invocationOf),
    };
  };
  return chartOf(config);
}

/** States that an actor is in, as XState writes them: the name of one, or by the names of several what lies within each. */
export type PlainStates = string | { readonly [state: string]: PlainStates };

/**
 * What a snapshot calls its value, as far as it names states of the chart. Logic of other kinds may call anything its value.
 * @returns a copy; undefined where something else stands in it, or more than the states of a chart that are told
 */
export function plainStates(config: unknown, value: unknown): PlainStates | undefined {
  let left = mostStates;
  const statesOf = (node: unknown, said: unknown): PlainStates | undefined => {
    const { states } = recordOf(node);
    left -= 1;
    if (left < 0) return undefined;
    if (typeof said === 'string') return Object.hasOwn(recordOf(states), said) ? said : undefined;
    if (typeof said !== 'object' || said === null) return undefined;
    const inner: [string, PlainStates][] = [];
    for (const [name, within] of Object.entries(said)) {
      const shown = Object.hasOwn(recordOf(states), name)
        ? statesOf(recordOf(states)[name], within)
        : undefined;
      if (shown === undefined) return undefined;
      inner.push([name, shown]);
    }
    return Object.fromEntries(inner);
  };
  return isChart(config) ? statesOf(config, value) : undefined;
}

const isChart = (config: unknown): config is object =>
  typeof config === 'object' && config !== null && 'states' in config;

function invocationOf(said: unknown): PlainInvocation {
  const { id, src, onDone, onError } = recordOf(said);
  return {
    ...textOf('id', id),
    ...textOf('src', src),
    onDone: targetsOf(onDone),
    onError: targetsOf(onError),
  };
}

function byEvent(said: unknown): Record<string, PlainTransition[]> {
  return Object.fromEntries(Object.entries(recordOf(said)).map(([event, to]) => [event, targetsOf(to)]));
}

/** A transition is a text, an object with a target, or several of both. */
function targetsOf(said: unknown): PlainTransition[] {
  return listOf(said).map((one) => {
    const target = typeof one === 'string' ? one : recordOf(one).target;
    return { target: listOf(target).filter((to) => typeof to === 'string') };
  });
}

const listOf = (said: unknown): readonly unknown[] =>
  said === undefined ? [] : Array.isArray(said) ? said : [said];

const textOf = <K extends string>(name: K, said: unknown): { readonly [N in K]?: string } =>
  // A computed name is a plain text to the compiler.
  typeof said === 'string' ? ({ [name]: said } as { readonly [N in K]?: string }) : {};

const recordOf = (said: unknown): Readonly<Record<string, unknown>> =>
  // Any object has fields that may be there or not.
  typeof said === 'object' && said !== null ? (said as Readonly<Record<string, unknown>>) : {};
