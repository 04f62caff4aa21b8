// What OpenTelemetry is told of real runs: spans and metrics in a collector that the official exporters send to.
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import {
  ATTR_ERROR_TYPE,
  ATTR_EXCEPTION_MESSAGE,
  ATTR_EXCEPTION_TYPE,
} from '@opentelemetry/semantic-conventions';
import { type OpenTelemetryOptions, opentelemetry } from '@tailrace/adapters/opentelemetry';
import { createPool, materialise, type Pipeline, type Report, type RunOptions } from '@tailrace/core';
import { firstValueFrom, map, range } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Collector, openCollector, type SeenSpan } from '../support/collector.js';
import { declared, faultySink, inToldDirectory, watched } from '../support/told-runs.js';

inToldDirectory();

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
    const { done } = pool.submit(data, faultySink('alone', { kind: 'none' }), { name: 'alone' });
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
