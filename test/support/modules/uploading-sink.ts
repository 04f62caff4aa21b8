// A sink whose attempts have states of their own: a machine that is cut off once and goes on, shown to whoever inspects the run.
import { defineSink } from '@tailrace/core/sink';
import { createActor, fromPromise, setup, toPromise } from 'xstate';

const machine = setup({
  types: { events: {} as { readonly type: 'cut' } },
  actors: { send: fromPromise(async () => {}) },
}).createMachine({
  // A name that the framework has for one of its own machines.
  id: 'write',
  initial: 'sending',
  states: {
    sending: { on: { cut: 'resuming' } },
    resuming: { invoke: { id: 'send', src: 'send', onDone: 'done' } },
    done: { type: 'final' },
  },
});

export interface UploadingOptions {
  /** The attempts end while their machines wait. */
  readonly leaves?: boolean;
}

export default defineSink<UploadingOptions, undefined, boolean>({
  name: 'uploading',
  begin: async () => ({ skip: false, staging: undefined }),
  async open({ options, write, inspect }) {
    let rows = 0;
    return {
      write: (batch) => {
        rows += batch.rows;
      },
      async prepare() {
        const actor = createActor(machine, {
          id: `upload ${write}`,
          ...(inspect === undefined ? {} : { inspect }),
        });
        const ended = toPromise(actor);
        actor.start();
        if (options.leaves !== true) {
          actor.send({ type: 'cut' });
          await ended;
        }
        return { rows, bytes: 0, files: [], part: inspect !== undefined };
      },
      async abort() {},
    };
  },
  commit: async ({ prepared }) => ({
    rows: prepared.reduce((sum, { rows }) => sum + rows, 0),
    bytes: 0,
    files: 0,
    notes: prepared.map(({ part }) => (part ? 'was inspected' : 'was not')),
  }),
  abort: async () => {},
});
