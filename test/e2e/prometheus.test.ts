// What Prometheus is told of real runs: metrics scraped over HTTP and read by a parser of others.
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { prometheus } from '@tailrace/adapters/prometheus';
import parsePrometheus from 'parse-prometheus-text-format';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { declared, inToldDirectory, watched } from '../support/told-runs.js';

let dir = '';
inToldDirectory((made) => {
  dir = made;
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
