// Owns what is taken from other XState apps: their messages, checked, cut to size, without credentials, with ids that never
// collide with ours.
import { cleanText } from '../../secrets/clean-text.js';
import type { ForeignTimes } from './foreign-times.js';
import type { Plain, StatelyMessage } from './message.js';
import { type CopyOptions, toPlain } from './plain.js';
import { definitionText, messageVersion } from './to-messages.js';

/** Characters of ids and names. */
const mostCharacters = 500;
const textOf = (value: unknown, most = mostCharacters): string | undefined =>
  typeof value === 'string' ? value.slice(0, most) : undefined;

/** Characters of a chart's JSON that are read; a longer one is left out, as half of it could not be. */
const longestDefinition = 500_000;

/**
 * A message of another app under the prefix of its connection, or undefined when it is none.
 * @param timeAt when it was sent, by our clock: milliseconds since 1970. It is told what the sender says, if it does
 */
export function readForeign(
  text: string,
  source: string,
  timeAt: ForeignTimes['at'],
  limits: CopyOptions = {},
): StatelyMessage | undefined {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    // Whoever holds the token may send what is no JSON; it is no message.
    return undefined;
  }
  if (typeof data !== 'object' || data === null) return undefined;
  const field = (name: string): unknown => (Object.hasOwn(data, name) ? Reflect.get(data, name) : undefined);
  const sessionId = textOf(field('sessionId'));
  if (sessionId === undefined) return undefined;
  const own = (id: unknown): string | undefined => {
    const known = textOf(id);
    return known === undefined ? undefined : `${source}/${known}`;
  };
  const said = textOf(field('createdAt'), 20);
  const base = {
    sessionId: `${source}/${sessionId}`,
    // The official client calls the root of what is told by hand `anonymous`, and gives a root itself none.
    rootId: own(field('rootId')) ?? `${source}/${sessionId}`,
    createdAt: String(
      timeAt(source, said !== undefined && /^\d{1,15}$/.test(said) ? Number(said) : undefined),
    ),
    id: null,
    _version: messageVersion,
  };
  const plain = (name: string): Plain => toPlain(field(name), limits);
  const snapshot = (): Plain => toPlain(field('snapshot'), { ...limits, from: 'snapshot' });
  switch (field('type')) {
    case '@xstate.actor': {
      const given = field('name');
      const name = cleanText(typeof given === 'string' ? given : sessionId, mostCharacters);
      return {
        type: '@xstate.actor',
        ...base,
        name,
        parentId: own(field('parentId')),
        definition: definitionText(chartIn(field('definition')) ?? { id: name }),
        snapshot: snapshot(),
      };
    }
    case '@xstate.event':
      return { type: '@xstate.event', ...base, event: plain('event'), sourceId: own(field('sourceId')) };
    case '@xstate.snapshot':
      return { type: '@xstate.snapshot', ...base, event: plain('event'), snapshot: snapshot() };
    default:
      return undefined;
  }
}

/** What a chart's JSON stands for; undefined where it is none. */
function chartIn(definition: unknown): object | undefined {
  if (typeof definition !== 'string' || definition.length > longestDefinition) return undefined;
  try {
    const chart: unknown = JSON.parse(definition);
    return typeof chart === 'object' && chart !== null ? chart : undefined;
  } catch {
    // Whoever sends no JSON has an actor without a chart.
    return undefined;
  }
}
