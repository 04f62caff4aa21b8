// What telemetry tells of real runs: spans and metrics in a collector that the official exporters send to, metrics scraped
// over HTTP and read by a parser of others, lines in pino.
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import {
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_MESSAGE,
  ATTR_EXCEPTION_TYPE,
} from '@opentelemetry/semantic-conventions';
import { runLog } from '@tailrace/adapters/log';
import { type OpenTelemetryOptions, opentelemetry } from '@tailrace/adapters/opentelemetry';
import { prometheus } from '@tailrace/adapters/prometheus';
import {
  createPool,
  customSink,
  exponential,
  fromIterable,
  materialise,
  type Pipeline,
  pipeline,
  type Report,
  type Run,
  type RunOptions,
  type Sink,
} from '@tailrace/core';
import { ndjson } from '@tailrace/writers';
import parsePrometheus from 'parse-prometheus-text-format';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { firstValueFrom, map, range } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Collector, openCollector, type SeenSpan } from '../support/collector.js';
import type { Fault } from '../support/modules/faulty-sink.js';

interface Row {
  readonly n: number;
}

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/faulty-sink'));
const quick = exponential({ attempts: 3, baseMs: 1, capMs: 2 });
/** A retry storm is what some tests are about. */
const generous = { retriesPerWrite: Infinity };
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tailrace-telemetry-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(dir, { recursive: true, force: true });
});

const sink = (name: string, fault: Fault): Sink<Row> =>
  customSink<Row>(module, { path: join(dir, name), fault }, { name, target: join(dir, name) });
/** 3,000 rows into two outputs: one at peace, one in trouble. */
const declared = (trouble: Fault, writeRows = 1_000): Pipeline =>
  pipeline('told', (flow) => {
    const numbers = Array.from({ length: 3_000 }, (_, n) => ({ n }));
    const rows = flow.source('numbers', fromIterable(numbers), { batchRows: Math.min(1_000, writeRows) });
    flow.write('good', rows, ndjson(join(dir, 'good')), { writeRows });
    flow.write('troubled', rows, sink('troubled', trouble), {
      retry: quick,
      writeRows,
      retryBudget: generous,
    });
  });

interface Watcher {
  readonly inspect: NonNullable<RunOptions['inspect']>;
  watch(run: Run): void;
}
async function watched(telemetry: Watcher, flow: Pipeline, options: RunOptions = {}): Promise<Report> {
  const run = flow.run({ workers: 1, retryBudget: generous, ...options, inspect: telemetry.inspect });
  telemetry.watch(run);
  run.completed.catch(() => {});
  return run.settled;
}

describe('OpenTelemetry', () => {
  let collector: Collector;
  let tracers: NodeTracerProvider;
  beforeEach(async () => {
    collector = await openCollector();
    const exporter = new OTLPTraceExporter({ url: `${collector.url}/v1/traces` });
    tracers = new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(exporter)] });
  });
  afterEach(async () => {
    await tracers.shutdown();
    await collector.close();
  });

  const traced = async (
    flow: Pipeline,
    run: RunOptions = {},
    options: OpenTelemetryOptions = {},
  ): Promise<Report> => {
    const telemetry = await opentelemetry({ tracer: tracers.getTracer('test'), meter: false, ...options });
    const report = await watched(telemetry, flow, run);
    await tracers.forceFlush();
    return report;
  };
  const called = (name: string): readonly SeenSpan[] => collector.spans.filter((span) => span.name === name);

  it.each([0, 1])('sends a tree of spans that equals the report, with %i workers', async (workers) => {
    const report = await traced(declared({ kind: 'throw', times: 1 }), { workers });
    const [root] = called('run told');
    expect(root).toMatchObject({ parent: '', status: 0 });
    expect(root?.attributes).toMatchObject({
      'tailrace.pipeline.name': 'told',
      'tailrace.run.id': report.runId,
      'tailrace.state': 'completed',
      'tailrace.rows': 6_000,
      'tailrace.bytes': report.bytes,
      'tailrace.run.advice': report.advice.kind,
    });
    for (const { name, state, rows, bytes, writes } of report.outputs) {
      const [output] = called(`output ${name}`);
      expect(output?.parent).toBe(root?.id);
      expect(output?.attributes).toMatchObject({
        'tailrace.output.name': name,
        'tailrace.state': state,
        'tailrace.rows': rows,
        'tailrace.bytes': bytes,
        'tailrace.output.writes.prepared': writes,
        'tailrace.output.writes.without_span': 0,
      });
      expect(called(`commit ${name}`).map(({ parent }) => parent)).toEqual([output?.id]);
      const ofWrites = called(`write ${name}`);
      expect(ofWrites.map(({ parent }) => parent)).toEqual(Array(writes).fill(output?.id));
      const ofAttempts = called(`attempt ${name}`);
      const written = new Set(ofWrites.map(({ id }) => id));
      for (const { parent } of ofAttempts) expect(written).toContain(parent);
      const prepared = ofAttempts.filter(({ attributes }) => attributes['tailrace.state'] === 'prepared');
      expect(prepared.reduce((sum, { attributes }) => sum + Number(attributes['tailrace.rows']), 0)).toBe(
        rows,
      );
    }
    expect(called('output good')[0]?.attributes['tailrace.files']).toBe(report.outputs[0]?.files);
    expect(report.outputs[0]?.bytes).toBeGreaterThan(10_000);
    expect(called('attempt good')).toHaveLength(3);
    expect(called('attempt troubled')).toHaveLength(6);
  });

  it('nests every span within its parent, in one trace', async () => {
    await traced(declared({ kind: 'throw', times: 1 }));
    const byId = new Map(collector.spans.map((span) => [span.id, span]));
    expect(byId.size).toBe(collector.spans.length);
    expect(new Set(collector.spans.map(({ trace }) => trace)).size).toBe(1);
    for (const span of collector.spans) {
      expect(span.to).toBeGreaterThanOrEqual(span.from);
      const parent = byId.get(span.parent);
      if (span.parent === '') continue;
      expect([span.name, parent === undefined]).toEqual([span.name, false]);
      expect(span.from).toBeGreaterThanOrEqual(parent?.from ?? 0n);
      expect(span.to).toBeLessThanOrEqual(parent?.to ?? 0n);
    }
  });

  it('tells a failed attempt by the words of the conventions, and the retry on its write', async () => {
    await traced(declared({ kind: 'throw', times: 1 }));
    const failed = called('attempt troubled').filter(({ status }) => status === 2);
    expect(failed).toHaveLength(3);
    for (const { attributes, events } of failed) {
      expect(attributes[ATTR_ERROR_TYPE]).toBe('SINK_FAILED');
      const exception = events.find(({ name }) => name === 'exception');
      expect(exception?.attributes[ATTR_EXCEPTION_TYPE]).toBe('SINK_FAILED');
      expect(exception?.attributes[ATTR_EXCEPTION_MESSAGE]).toContain('the sink is out of order');
    }
    for (const { status, events } of called('write troubled')) {
      expect(status).toBe(0);
      expect(events.map(({ name }) => name)).toEqual(['tailrace.write.retry']);
      expect(events[0]?.attributes).toMatchObject({ 'tailrace.attempt.number': 1 });
      expect(Number(events[0]?.attributes['tailrace.retry.delay'])).toBeLessThanOrEqual(0.002);
    }
  });

  it('tells of a lost worker on the run, and of the attempt that it took along', async () => {
    const report = await traced(declared({ kind: 'exit', times: 1 }, 10_000));
    expect(report.state).toBe('completed');
    const [root] = called('run told');
    expect(root?.events.map(({ name }) => name)).toContain('tailrace.worker.lost');
    expect(root?.attributes['tailrace.run.workers_lost']).toBeGreaterThanOrEqual(1);
    const [lost] = called('attempt troubled').filter(({ status }) => status === 2);
    expect(lost?.attributes[ATTR_ERROR_TYPE]).toBe('WORKER_LOST');
  });

  it('marks what has failed, and the run with it', async () => {
    const report = await traced(declared({ kind: 'throw', times: 99 }, 10_000));
    expect(report.state).toBe('failed');
    for (const name of ['run told', 'output troubled', 'write troubled']) {
      expect([name, called(name).map(({ status }) => status)]).toEqual([name, [2]]);
    }
    expect(called('output good').map(({ status }) => status)).toEqual([0]);
  });

  it('has spans of a bounded number of writes, those in trouble among them, and counts the rest', async () => {
    await traced(declared({ kind: 'throw', times: 1 }, 10), { workers: 0 }, { writes: 20 });
    expect(called('write good')).toHaveLength(20);
    const [good] = called('output good');
    expect(good?.attributes).toMatchObject({
      'tailrace.output.writes.prepared': 300,
      'tailrace.output.writes.without_span': 280,
    });
    // The first twenty, and as many again of those that met trouble.
    expect(called('write troubled')).toHaveLength(40);
    expect(called('output troubled')[0]?.attributes['tailrace.output.retries']).toBe(300);
    const late = called('write troubled').find(
      ({ attributes }) => attributes['tailrace.write.id'] === 'troubled~2/30',
    );
    expect(collector.spans.filter(({ parent }) => parent === late?.id).map(({ status }) => status)).toEqual([
      2, 0,
    ]);
  });

  it('hangs below the span that is active where the run is started', async () => {
    const telemetry = await opentelemetry({ tracer: tracers.getTracer('test'), meter: false });
    tracers.register();
    try {
      const tracer = tracers.getTracer('service');
      await tracer.startActiveSpan('request', async (span) => {
        await watched(telemetry, declared({ kind: 'none' }));
        span.end();
      });
      await tracers.forceFlush();
      expect(called('run told')[0]?.parent).toBe(called('request')[0]?.id);
    } finally {
      const { context, trace } = await import('@opentelemetry/api');
      context.disable();
      trace.disable();
    }
  });

  it('sends metrics that equal the report, with units', async () => {
    const exporter = new OTLPMetricExporter({ url: `${collector.url}/v1/metrics` });
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
    const meters = new MeterProvider({ readers: [reader] });
    const telemetry = await opentelemetry({ tracer: false, meter: meters.getMeter('test') });
    const report = await watched(telemetry, declared({ kind: 'throw', times: 1 }));
    await meters.forceFlush();
    const found = (metric: string, attributes: object) =>
      collector.points.filter(
        (point) =>
          point.metric === metric &&
          Object.entries(attributes).every(([key, value]) => point.attributes[key] === value),
      );
    for (const { name, rows, bytes, files, writes, attempts } of report.outputs) {
      const of = { 'tailrace.pipeline.name': 'told', 'tailrace.output.name': name };
      expect(found('tailrace.output.rows', of)).toMatchObject([{ value: rows, unit: '{row}' }]);
      expect(found('tailrace.output.io', of)).toMatchObject([{ value: bytes, unit: 'By' }]);
      expect(found('tailrace.output.files', of)).toMatchObject([{ value: files }]);
      expect(found('tailrace.writes', { ...of, 'tailrace.state': 'prepared' })).toMatchObject([
        { value: writes },
      ]);
      const ended = found('tailrace.attempts', of).reduce((sum, { value }) => sum + value, 0);
      expect(ended).toBe(attempts);
      expect(found('tailrace.write.duration', of)).toMatchObject([{ count: writes, unit: 's' }]);
    }
    expect(found('tailrace.retries', { 'error.type': 'SINK_FAILED' })).toMatchObject([{ value: 3 }]);
    const [run] = found('tailrace.run.duration', { 'tailrace.state': 'completed' });
    expect(run?.count).toBe(1);
    expect(Math.abs((run?.value ?? 0) - report.elapsedMs / 1_000)).toBeLessThan(1 + report.elapsedMs / 1_000);
    // Memory of a run that is over is nobody's.
    expect(found('tailrace.memory.usage', {})).toEqual([]);
    telemetry.close();
    await meters.shutdown();
  });

  it('keeps what fails in a processor or an exporter away from the run, and warns of it once', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const broken = new NodeTracerProvider({
      spanProcessors: [
        new SimpleSpanProcessor({
          export: () => {
            throw new Error('the exporter is out of order');
          },
          shutdown: async () => {},
        }),
        {
          onStart: () => {
            throw new Error('the processor is out of order');
          },
          onEnd: () => {
            throw new Error('the processor is out of order');
          },
          forceFlush: async () => {},
          shutdown: async () => {},
        },
      ],
    });
    const telemetry = await opentelemetry({ tracer: broken.getTracer('test'), meter: false });
    const report = await watched(telemetry, declared({ kind: 'throw', times: 1 }));
    expect(report).toMatchObject({ state: 'completed', rows: 6_000 });
    const ours = warned.mock.calls.filter(([, options]) =>
      JSON.stringify(options).includes('TAILRACE_TELEMETRY'),
    );
    expect(ours).toHaveLength(1);
    await broken.shutdown();
  });

  it('has spans of what a pool writes without a pipeline', async () => {
    const telemetry = await opentelemetry({ tracer: tracers.getTracer('test'), meter: false });
    const pool = createPool({ workers: 0, inspect: telemetry.inspect });
    const numbers = range(0, 100).pipe(map((n) => ({ n })));
    const data = await firstValueFrom(numbers.pipe(materialise({ memory: pool.memory })));
    const { done } = pool.submit(data, sink('alone', { kind: 'none' }), { name: 'alone' });
    data.release();
    await done;
    await pool.drain();
    await tracers.forceFlush();
    const [output] = called('output alone');
    expect(output).toMatchObject({ parent: '', attributes: { 'tailrace.rows': 100 } });
    expect(called('write alone').map(({ parent }) => parent)).toEqual([output?.id]);
  });

  it('is silent and harmless where no SDK is set up', async () => {
    const telemetry = await opentelemetry();
    expect(await watched(telemetry, declared({ kind: 'none' }))).toMatchObject({ state: 'completed' });
    telemetry.close();
    telemetry.close();
  });
});

describe('Prometheus', () => {
  it('is scraped over HTTP while a run goes on and after it, in text that another parser reads', async () => {
    const told = await prometheus();
    // The recipe of the guide.
    const server = createServer(async (_request, response) => {
      const text = await told.metrics();
      response.writeHead(200, { 'content-type': told.contentType });
      response.end(text);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    // A server that listens on a port has an address of this form.
    const { port } = server.address() as AddressInfo;
    const scrape = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
      expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
      const text = await answer.text();
      for (const { type, help } of parsePrometheus(text)) {
        expect(['COUNTER', 'GAUGE', 'HISTOGRAM']).toContain(type);
        expect(help).not.toBe('');
      }
      // Without its type, each series of a histogram stands for itself: the parser gives those no labels otherwise.
      const samples = parsePrometheus(text.replaceAll(/^# TYPE .*$/gm, '')).flatMap(({ name, metrics }) =>
        metrics.map((metric) => ({ name, ...metric })),
      );
      return (name: string, labels: Readonly<Record<string, string>> = {}) =>
        samples.filter(
          ({ name: its, labels: found = {} }) =>
            its === name && Object.entries(labels).every(([key, value]) => found[key] === value),
        );
    };
    try {
      const first = declared({ kind: 'throw', times: 1 });
      const run = first.run({ workers: 1, inspect: told.inspect });
      told.watch(run);
      const meanwhile = await scrape();
      expect(meanwhile('tailrace_memory_limit_bytes')).toMatchObject([{ value: String(256 * 2 ** 20) }]);
      const report = await run.completed;
      const atEnd = await scrape();
      for (const { name, rows, bytes, writes } of report.outputs) {
        const of = { pipeline: 'told', output: name };
        expect(atEnd('tailrace_output_rows_total', of)).toMatchObject([{ value: String(rows) }]);
        expect(atEnd('tailrace_output_io_bytes_total', of)).toMatchObject([{ value: String(bytes) }]);
        expect(atEnd('tailrace_writes_total', { ...of, state: 'prepared' })).toMatchObject([
          { value: String(writes) },
        ]);
        expect(atEnd('tailrace_write_duration_seconds_count', of)).toMatchObject([{ value: String(writes) }]);
      }
      expect(atEnd('tailrace_retries_total', { error_type: 'SINK_FAILED' })).toMatchObject([{ value: '3' }]);
      expect(atEnd('tailrace_source_rows_total', { source: 'numbers' })).toMatchObject([{ value: '3000' }]);
      await rm(dir, { recursive: true, force: true });
      await watched(told, declared({ kind: 'none' }));
      const twice = await scrape();
      expect(twice('tailrace_output_rows_total', { output: 'good' })).toMatchObject([{ value: '6000' }]);
      expect(twice('tailrace_runs_total', { state: 'completed' })).toMatchObject([{ value: '2' }]);
    } finally {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    }
  });

  it('counts an output once, however often its job is resumed', async () => {
    const told = await prometheus();
    const options = { resume: join(dir, 'job'), durable: true } as const;
    const failed = await watched(told, declared({ kind: 'throw', times: 99 }), options);
    expect(failed.outputs.map(({ state }) => state)).toEqual(['done', 'failed']);
    const resumed = await watched(told, declared({ kind: 'none' }), options);
    expect(resumed.kept).toEqual(['good']);
    const counted = parsePrometheus(await told.metrics()).flatMap(({ name, metrics }) =>
      metrics.flatMap(({ labels, value }) => (labels?.output === 'good' ? [[name, value] as const] : [])),
    );
    const of = Object.fromEntries(counted);
    const [first] = failed.outputs;
    expect(of).toMatchObject({
      tailrace_output_rows_total: '3000',
      tailrace_output_files_total: String(first?.files),
      tailrace_output_io_bytes_total: String(first?.bytes),
    });
  });

  it('tells a bounded number of outputs apart', async () => {
    const told = await prometheus({ series: 1 });
    await watched(told, declared({ kind: 'none' }));
    const text = await told.metrics();
    expect(text).toContain('output="(other)"');
  });

  it('registers beside the metrics of the program, once', async () => {
    const registry = new Registry();
    await prometheus({ registry });
    await expect(prometheus({ registry })).rejects.toThrow('has some of that name already');
  });
});

describe('lines', () => {
  const lines: Record<string, unknown>[] = [];
  beforeEach(() => {
    lines.length = 0;
  });
  const logger = () =>
    pino(
      { base: null, timestamp: false },
      new Writable({
        write(text, _encoding, done) {
          lines.push(JSON.parse(String(text)));
          done();
        },
      }),
    );

  it('reach pino: begin and end of run and outputs, retries, advice', async () => {
    const report = await watched(runLog(logger()), declared({ kind: 'throw', times: 1 }));
    expect(lines[0]).toEqual({
      level: 30,
      event: 'run.began',
      pipeline: 'told',
      run: report.runId,
      msg: 'run of told began',
    });
    const ofEvent = (event: string) => lines.filter((line) => line.event === event);
    expect(ofEvent('output.ended')).toEqual(
      expect.arrayContaining(
        report.outputs.map(({ name, rows, bytes }) =>
          expect.objectContaining({ level: 30, output: name, state: 'done', rows, bytes }),
        ),
      ),
    );
    expect(ofEvent('write.retried')).toHaveLength(3);
    expect(ofEvent('write.retried')[0]).toMatchObject({
      level: 40,
      attempt: 1,
      err: { code: 'SINK_FAILED' },
    });
    expect(ofEvent('run.ended')).toMatchObject([{ level: 30, state: 'completed' }]);
    expect(ofEvent('run.advice')).toMatchObject([{ msg: report.advice.text, rows: 6_000 }]);
    expect(lines).toHaveLength(1 + 2 + 3 + 1 + 1);
  });

  it('tell of lost workers and of what failed, as a function takes them too', async () => {
    const told: unknown[][] = [];
    const log = runLog((level, fields, message) => void told.push([level, fields.event, message]));
    await watched(log, declared({ kind: 'exit', times: 1 }, 10_000));
    expect(told.filter(([, event]) => event === 'worker.lost')).not.toEqual([]);
    await rm(dir, { recursive: true, force: true });
    told.length = 0;
    await watched(log, declared({ kind: 'throw', times: 99 }, 10_000));
    const failed = told.filter(([level]) => level === 'error').map(([, event]) => event);
    expect(failed).toEqual(['output.ended', 'run.ended']);
  });

  it('are few, however many retries there are', async () => {
    await watched(runLog(logger(), { troubles: 5 }), declared({ kind: 'throw', times: 1 }, 10), {
      workers: 0,
    });
    expect(lines.filter(({ event }) => event === 'write.retried')).toHaveLength(5);
    expect(lines.filter(({ event }) => event === 'troubles.left')).toMatchObject([{ level: 40, left: 295 }]);
  });

  it('never hold values of rows', async () => {
    const secret = 'the secret of row 7';
    const rows: Row[] = Array.from({ length: 10 }, (_, n) => ({ n }));
    // Not what its type says, as it comes from files.
    rows[7] = { n: secret as unknown as number };
    const flow = pipeline('quoted', (flow) => {
      const source = flow.source('rows', fromIterable(rows));
      flow.write('out', source, sink('out', { kind: 'none' }));
    });
    const report = await watched(runLog(logger()), flow, { workers: 0 });
    expect(report.outputs[0]?.error?.message).toContain(secret);
    expect(JSON.stringify(lines)).not.toContain('secret');
    expect(lines.find(({ event }) => event === 'output.ended')).toMatchObject({
      err: { code: 'VALUE_INVALID' },
    });
  });

  it('go on when the logger throws or rejects, and so does the run; it is warned of once', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    let calls = 0;
    const log = runLog(() => {
      calls += 1;
      if (calls % 2 === 0) throw new Error('full disk');
      return Promise.reject(new Error('full disk'));
    });
    expect(await watched(log, declared({ kind: 'throw', times: 1 }))).toMatchObject({ state: 'completed' });
    expect(calls).toBe(8);
    expect(warned.mock.calls.filter(([text]) => String(text).includes('The logger failed'))).toHaveLength(1);
  });

  it('need something to be written to', () => {
    // From JavaScript.
    expect(() => runLog({} as never)).toThrow('takes a logger with info, warn and error');
  });
});
