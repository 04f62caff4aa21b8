// What TypeScript knows of a pipeline: what compiles when it is declared, and what must not.
import {
  type Batch,
  defineSchema,
  type Flow,
  fileSink,
  float64,
  fromIterable,
  type ModuleRef,
  type OutputRef,
  pipeline,
  type Report,
  type Sink,
  type Stage,
  toBatches,
  utf8,
} from '@tailrace/core';
import { csv } from '@tailrace/writers';
import { filter, map, merge, pipe, reduce, zip } from 'rxjs';
import { expectTypeOf, it } from 'vitest';

interface Flight {
  readonly origin: string;
  readonly delay: number;
}
declare const flow: Flow;
declare const flights: Stage<Flight>;
declare const format: ModuleRef;
declare const sinkOfFlights: Sink<Flight>;
declare const sinkOfNames: Sink<{ name: string }>;

it('carries item types from sources through stages', () => {
  expectTypeOf(flow.source('raw', fromIterable([{ origin: 'JFK', delay: 3 }]))).toEqualTypeOf<
    Stage<{ origin: string; delay: number }>
  >();
  const hours = flow.stage(
    'hours',
    flights,
    pipe(
      filter(({ delay }) => delay > 15),
      map(({ delay }) => delay / 60),
    ),
  );
  expectTypeOf(hours).toEqualTypeOf<Stage<number>>();
  expectTypeOf(flow.hold(hours)).toEqualTypeOf<Stage<number>>();
  const inferred = flow.stage(
    'inferred',
    flights,
    map((row) => row.origin),
  );
  expectTypeOf(inferred).toEqualTypeOf<Stage<string>>();
  expectTypeOf(flow.stage('batches', flights, toBatches())).toEqualTypeOf<Stage<Batch<Flight>>>();
});

it('refuses an operator for other items', () => {
  const ofNames = map((row: { name: string }) => row.name);
  const ofNumbers = reduce((sum: number, n: number) => sum + n, 0);
  // @ts-expect-error: flights have no `name`
  flow.stage('names', flights, ofNames);
  // @ts-expect-error: an operator of numbers cannot read flights
  flow.stage('sum', flights, ofNumbers);
  // @ts-expect-error: a function of a row is not an operator
  flow.stage('delays', flights, (row: Flight) => row.delay);
});

it('gives a join the streams of its inputs in order', () => {
  const counts = flow.stage(
    'counts',
    flights,
    map(() => 1),
  );
  const zipped = flow.combine('zipped', [flights, counts], (rows, ones) =>
    zip(rows, ones).pipe(map(([row, one]) => ({ origin: row.origin, one }))),
  );
  expectTypeOf(zipped).toEqualTypeOf<Stage<{ origin: string; one: number }>>();
  // @ts-expect-error: the second stream has numbers
  flow.combine('wrong', [flights, counts], (_rows, ones) => ones.pipe(map((row) => row.origin)));
  // @ts-expect-error: there is no third stream
  flow.combine('third', [flights, counts], (a, b, c) => merge(a, b, c));
});

it('checks a sink against the rows of the stage, batches included', () => {
  expectTypeOf(flow.write('flights', flights, sinkOfFlights)).toEqualTypeOf<OutputRef>();
  flow.write('batches', flow.stage('batches', flights, toBatches()), sinkOfFlights);
  // @ts-expect-error: the sink takes rows with a name
  flow.write('names', flights, sinkOfNames);
  // @ts-expect-error: the rows in the batches have no name either
  flow.write('names', flow.stage('batches', flights, toBatches()), sinkOfNames);
  // @ts-expect-error: a path is not a sink
  flow.write('path', flights, 'out/flights');
});

it('checks partition columns against the rows of the stage', () => {
  flow.write('good', flights, fileSink('out/good', { name: 'x', format, partitionBy: ['origin'] }));
  // @ts-expect-error: flights have no `state`
  flow.write('bad', flights, fileSink('out/bad', { name: 'x', format, partitionBy: ['state'] }));
});

it('checks a declared schema against the items', () => {
  const all = filter<Flight>(() => true);
  const schema = defineSchema({ origin: utf8(), delay: float64() });
  const less = defineSchema({ origin: utf8() });
  const other = defineSchema({ origin: utf8(), delay: utf8() });
  flow.stage('same', flights, all, { schema });
  // @ts-expect-error: the column `delay` is missing
  flow.stage('less', flights, all, { schema: less });
  // @ts-expect-error: `delay` is a number in the rows
  flow.stage('other', flights, all, { schema: other });
});

it('takes no handle for anything but a handle', () => {
  // @ts-expect-error: a plain object
  flow.hold({});
  // @ts-expect-error: the declaration of another shape
  pipeline('p', (): number => flow.write('x', 3, sinkOfFlights));
});

it('takes for a group two outputs or more that flow.write returned', () => {
  const a = flow.write('a', flights, sinkOfFlights);
  const b = flow.write('b', flights, sinkOfFlights);
  expectTypeOf(flow.commitGroup('nightly', [a, b, a])).toEqualTypeOf<void>();
  expectTypeOf(flow.commitGroup)
    .parameter(1)
    .toEqualTypeOf<readonly [OutputRef, OutputRef, ...OutputRef[]]>();
  // @ts-expect-error a group of nothing
  flow.commitGroup('nightly', []);
  // @ts-expect-error a group of one
  flow.commitGroup('nightly', [a]);
  // @ts-expect-error a name is no output
  flow.commitGroup('nightly', [a, 'b']);
  // @ts-expect-error only flow.write makes outputs
  flow.commitGroup('nightly', [a, { name: 'b' }]);
  // @ts-expect-error a stage is no output
  flow.commitGroup('nightly', [a, flights]);
});

it('tells of groups in the report and in the description', () => {
  expectTypeOf<Report['groups'][number]['state']>().toEqualTypeOf<'done' | 'failed' | 'incomplete'>();
  const described = pipeline('flights', () => undefined).describe();
  expectTypeOf(described.groups[0]?.outputs).toEqualTypeOf<readonly string[] | undefined>();
});

it('lets functions hold and write what has rows of any type', () => {
  const archive = <T extends object>(rows: Stage<T>): OutputRef =>
    flow.write('archive', flow.hold(rows), csv('archive'));
  const numbered = <T extends { id: number }>(rows: Stage<T>, sink: Sink<{ id: number }>): OutputRef =>
    flow.write('numbered', rows, sink);
  expectTypeOf(archive(flights)).toEqualTypeOf<OutputRef>();
  expectTypeOf(numbered<{ id: number; name: string }>).returns.toEqualTypeOf<OutputRef>();
});
