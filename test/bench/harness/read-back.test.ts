import { describe, expect, it } from 'vitest';
import { eventChecks, eventFacts } from '../data/event-checks.js';
import { eventColumns, eventsOf } from '../data/synthetic.js';
import { openReader, quoted } from './read-back.js';

const rows = eventsOf(eventColumns(500), 0, 500);

/** The rows as a table that DuckDB reads from literals. */
function tableOf(events: readonly (typeof rows)[number][]): string {
  const values = events.map(
    ({ id, ts, noise, value, price, rate, agent, region }) =>
      `(${id}::BIGINT, make_timestamp(${ts}), '${noise}'::DOUBLE, '${value}'::DOUBLE, '${price}'::DOUBLE, '${rate}'::DOUBLE, ${quoted(agent)}, ${quoted(region)})`,
  );
  return `(VALUES ${values.join(', ')}) AS events(id, ts, noise, value, price, rate, agent, region)`;
}

describe('reading back', () => {
  it('finds in DuckDB what was computed from the columns', async () => {
    const reader = await openReader();
    try {
      const expected = eventFacts(eventColumns(500));
      await reader.compare('the test', tableOf(rows), eventChecks, expected);
    } finally {
      reader.close();
    }
  });

  const [first, second, ...rest] = rows;
  if (first === undefined || second === undefined) throw new Error('The table has no rows.');
  const wrong = {
    'loses a row': rest,
    'changes the last bit of a double': [{ ...first, noise: first.noise + 2 ** -53 }, second, ...rest],
    'swaps two strings': [{ ...first, agent: second.agent }, { ...second, agent: first.agent }, ...rest],
    'moves a timestamp by a microsecond': [first, { ...second, ts: second.ts + 1 }, ...rest],
  };
  for (const [mistake, events] of Object.entries(wrong)) {
    it(`refuses a writer that ${mistake}`, async () => {
      const reader = await openReader();
      try {
        const compared = reader.compare(
          'the writer',
          tableOf(events),
          eventChecks,
          eventFacts(eventColumns(500)),
        );
        await expect(compared).rejects.toThrow(/What the writer wrote is not what it was given/);
      } finally {
        reader.close();
      }
    });
  }
});
