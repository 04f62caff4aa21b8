// The lines that runs write to loggers: to pino, and to any function.
import { rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { runLog } from '@tailrace/adapters/log';
import { fromIterable, pipeline } from '@tailrace/core';
import { pino } from 'pino';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { declared, faultySink, inToldDirectory, type Row, watched } from '../support/told-runs.js';

let dir = '';
inToldDirectory((made) => {
  dir = made;
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
      err: { type: 'SINK_FAILED', code: 'SINK_FAILED' },
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
      flow.write('out', source, faultySink('out', { kind: 'none' }));
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
