// Owns the example as a program: a pipeline whose output is a sink of our own, loaded into the writer threads by URL.
import { customSink, fromIterable, pipeline, type Sink } from '@tailrace/core';
import { type Reading, readingSchema } from './reading.js';
import { startService } from './service.js';
import type { HttpLinesOptions } from './sinks/http-lines.js';

function httpLines(options: HttpLinesOptions): Sink<Reading> {
  return customSink<Reading>(new URL('./sinks/http-lines.js', import.meta.url), options, {
    target: options.url,
  });
}

function* readings(count: number): Iterable<Reading> {
  const start = Date.UTC(2001, 0, 1);
  for (let index = 0; index < count; index += 1) {
    yield {
      time: new Date(start + index * 1000),
      sensor: `hall ${index % 7}`,
      celsius: 20 + Math.sin(index / 600),
    };
  }
}

// The first request is refused, as by a busy service: the write is tried again.
const service = await startService({ faults: 1 });
try {
  const flow = pipeline('readings', (flow) => {
    const source = flow.source(
      'readings',
      fromIterable(() => readings(100_000)),
      { schema: readingSchema },
    );
    flow.write('lines', source, httpLines({ url: service.url }));
  });
  const report = await flow.run({ workers: 1 }).completed;
  const [lines] = report.outputs;
  console.log(
    `${service.published.length} lines published; writes: ${lines?.writes}, attempts: ${lines?.attempts}; the first:`,
  );
  console.log(service.published[0]);
  console.log(`${service.stagedParts()} parts left behind`);
} finally {
  await service.close();
}
