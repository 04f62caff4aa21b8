// Owns what is computed from what, and where it goes. It runs nothing.
import { type Pipeline, pipeline, type Source } from '@tailrace/core';
import { csv, ndjson, parquet } from '@tailrace/writers';
import { switchMap } from 'rxjs';
import type { Airports } from './airports.js';
import { dailyDelays, dailySchema } from './daily.js';
import { delayDistributions } from './distributions.js';
import { extremeDelays } from './extreme.js';
import { type Flight, flightSchema } from './flight.js';
import { hourlyDelays, hourlySchema } from './hourly.js';
import type { OutputName } from './options.js';
import { joinAirports, routeSchema } from './routes.js';
import { resampleDelays, scenarioSchema } from './scenarios.js';

export interface FlightsInput {
  readonly flights: Source<Flight>;
  readonly airports: Airports;
}

export interface FlightsTarget {
  readonly only: ReadonlySet<OutputName>;
  /** Folder that the outputs go to. */
  readonly out: string;
}

/** Every number that is drawn follows from it. */
const seed = 2001;

export function flightsPipeline({ flights, airports }: FlightsInput, { only, out }: FlightsTarget): Pipeline {
  return pipeline('flights', (flow) => {
    const raw = flow.source('flights', flights);

    if (only.has('routes')) {
      const routes = flow.stage('routes', raw, joinAirports(airports), { schema: routeSchema });
      const partitioned = { partitionBy: ['origin_state'] } as const;
      flow.write(
        'routes',
        routes,
        parquet(`${out}/routes`, { ...partitioned, compression: 'snappy', mode: 'overwrite' }),
      );
    }
    if (only.has('hourly')) {
      const hourly = flow.stage('hourly', raw, hourlyDelays(), { schema: hourlySchema });
      flow.write('hourly', hourly, parquet(`${out}/hourly`, { compression: 'zstd', mode: 'overwrite' }));
    }
    if (only.has('daily')) {
      const daily = flow.stage('daily', raw, dailyDelays(), { schema: dailySchema });
      flow.write('daily', daily, csv(`${out}/daily.csv.gz`, { mode: 'overwrite' }));
    }
    if (only.has('extreme')) {
      const extreme = flow.stage('extreme', raw, extremeDelays(), { schema: flightSchema });
      flow.write('extreme', extreme, ndjson(`${out}/extreme.ndjson`, { mode: 'overwrite' }));
    }
    if (only.has('scenarios')) {
      const distributions = flow.stage('distributions', raw, delayDistributions());
      const again = flow.source('flights again', flights);
      // Subscribing to the flights again only when there is something to draw from is what starts their reading.
      const scenarios = flow.combine(
        'scenarios',
        [distributions, again],
        (counted, rows) => counted.pipe(switchMap((delays) => rows.pipe(resampleDelays(delays, { seed })))),
        { schema: scenarioSchema },
      );
      flow.write(
        'scenarios',
        scenarios,
        parquet(`${out}/scenarios`, { compression: 'snappy', mode: 'overwrite' }),
      );
    }
  });
}
