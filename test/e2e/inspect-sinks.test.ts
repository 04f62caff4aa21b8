// What an inspector sees of a sink that has machines of its own in its attempts.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { customSink, fromIterable, pipeline } from '@tailrace/core';
import { describe, expect, it } from 'vitest';
import type { UploadingOptions } from '../support/modules/uploading-sink.js';
import { seen } from '../support/seen.js';

const module = pathToFileURL(createRequire(import.meta.url).resolve('#modules/uploading-sink'));
const uploads = (options: UploadingOptions = {}) =>
  pipeline('uploads', (flow) => {
    const rows = flow.source('rows', fromIterable(Array.from({ length: 300 }, (_, n) => ({ n }))), {
      batchRows: 100,
    });
    flow.write('out', rows, customSink(module, options), { writeRows: 100 });
  });

describe.each([0, 2])('an inspector of a run with %i workers', (workers) => {
  it('sees what sinks start beneath their attempts, through its states to its end', async () => {
    const all = seen();
    const report = await uploads().run({ workers, inspect: all.inspect }).completed;
    const actors = [...all.actors.values()];
    const shown = actors.filter(({ id }) => id.startsWith('upload '));
    expect(shown.map(({ id }) => id).sort()).toEqual(['upload 0', 'upload 1', 'upload 2']);
    for (const actor of shown) {
      expect(actor.states).toEqual(['sending', 'resuming', 'done']);
      expect(actor.status).toBe('done');
      const attempt = all.actors.get(actor.parentId ?? '');
      expect(attempt?.kind).toBe('attempt');
      // Its write is the one that the sink was told.
      expect(all.actors.get(attempt?.parentId ?? '')?.id).toBe(`out~1/${actor.id.slice('upload '.length)}`);
      expect(actors.filter(({ parentId }) => parentId === actor.sessionId).map(({ id }) => id)).toEqual([
        'send',
      ]);
    }
    expect(all.announced).toEqual([...new Set(all.announced)]);
    expect(all.strangers).toEqual([]);
    expect(report.outputs[0]?.notes).toEqual(['was inspected', 'was inspected', 'was inspected']);
  });

  it('sees as stopped what a sink has left', async () => {
    const all = seen();
    await uploads({ leaves: true }).run({ workers, inspect: all.inspect }).completed;
    const shown = [...all.actors.values()].filter(({ id }) => id.startsWith('upload '));
    expect(shown.map(({ states, status }) => `${states.join(' ')} ${status}`)).toEqual(
      Array(3).fill('sending stopped'),
    );
  });

  it('is asked for by nobody when there is none', async () => {
    const report = await uploads().run({ workers }).completed;
    expect(report.outputs[0]?.notes).toEqual(['was not', 'was not', 'was not']);
  });
});
