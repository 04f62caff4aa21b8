// The suite of every sink, over this one: copy it with the sink.
import { customSink } from '@tailrace/core/sink';
import { type SinkPlace, testSink } from '@tailrace/core/testing';
import { describe, it } from 'vitest';
import { type Reading, readingSchema } from '../reading.js';
import { startService } from '../service.js';

/** By other means than the sink's own code. */
function readingOf(line: string): Reading {
  const [, sensor = '', celsius, time] =
    /^reading,sensor=((?:\\.|[^\\ ])*) celsius=(\S+) (\S+)$/.exec(line) ?? [];
  return {
    time: new Date(Number(time)),
    sensor: sensor.replaceAll(/\\(.)/g, '$1'),
    celsius: Number(celsius),
  };
}

async function place(): Promise<SinkPlace> {
  const service = await startService();
  return {
    // The built module, as the worker threads load it.
    sink: customSink(
      new URL('../../dist/03-custom-sink/sinks/http-lines.js', import.meta.url),
      { url: service.url },
      { target: service.url },
    ),
    visibleRows: async () => service.published.length,
    rows: async () => service.published.map(readingOf),
    leftovers: async () => Array.from({ length: service.stagedParts() }, (_, at) => `part ${at}`),
    dispose: () => service.close(),
  };
}

testSink({ describe, it }, { name: 'http-lines', schema: readingSchema, place });
