import { describe, expect, it } from 'vitest';
import { createActor, toPromise } from 'xstate';
import {
  createSparkWriteMachine,
  type SparkWriteEffects,
  type SparkWriteEvent,
} from './spark-write.machine.js';

/** The machine with effects that the test moves by hand. */
function begin(verify: () => Promise<boolean> = async () => true) {
  let tell: (event: SparkWriteEvent) => void = () => {};
  let interrupts = 0;
  const effects: SparkWriteEffects = {
    execute: ({ sendBack }) => {
      tell = sendBack;
    },
    verify,
    interrupt: async () => {
      interrupts += 1;
    },
  };
  const actor = createActor(createSparkWriteMachine(effects), { input: { writeId: 'daily/0#1' } });
  const output = toPromise(actor);
  actor.start();
  return { actor, output, tell: (event: SparkWriteEvent) => tell(event), interrupts: () => interrupts };
}

const executing = (state: string) => ({ active: { executing: state } });
const error = new Error('lost');
const found = (is: boolean) => (): Promise<boolean> => Promise.resolve(is);
const untold = (): Promise<boolean> => Promise.reject(new Error('away'));

describe('a write that Spark does', () => {
  it('is submitting, running, reattaching as often as its stream is cut, and done when Spark says so', async () => {
    const { actor, tell, output } = begin();
    const seen: unknown[] = [actor.getSnapshot().value];
    for (const type of [
      'spark.attached',
      'spark.cut',
      'spark.attached',
      'spark.cut',
      'spark.completed',
    ] as const) {
      tell({ type });
      seen.push(actor.getSnapshot().value);
    }
    expect(seen).toEqual([
      executing('submitting'),
      executing('running'),
      executing('reattaching'),
      executing('running'),
      executing('reattaching'),
      'done',
    ]);
    expect(await output).toEqual({ error: undefined });
  });

  it.each([
    ['is done when its mark is found', found(true), 'done', undefined],
    ['has failed when there is none', found(false), 'failed', error],
    ['has failed with the first error when nobody can tell', untold, 'failed', error],
  ] as const)('whose server is lost is looked for, and %s', async (_what, verify, state, outcome) => {
    const { actor, tell, output } = begin(verify);
    tell({ type: 'spark.lost', error });
    expect(actor.getSnapshot().value).toEqual({ active: 'verifying' });
    expect((await output).error).toBe(outcome);
    expect(actor.getSnapshot().value).toBe(state);
  });

  it('that Spark refuses has failed, and nothing is looked for', async () => {
    const { actor, tell, output } = begin(() => Promise.reject(new Error('not asked')));
    tell({ type: 'spark.failed', error });
    expect((await output).error).toBe(error);
    expect(actor.getSnapshot().hasTag('failed')).toBe(true);
  });

  it.each(['submitting', 'running', 'reattaching'])(
    'that is cancelled while %s is interrupted before it ends',
    async (state) => {
      const { actor, tell, output, interrupts } = begin();
      if (state !== 'submitting') tell({ type: 'spark.attached' });
      if (state === 'reattaching') tell({ type: 'spark.cut' });
      expect(actor.getSnapshot().value).toEqual(executing(state));
      actor.send({ type: 'write.cancel', error });
      expect(actor.getSnapshot().value).toEqual({ active: 'cancelling' });
      expect((await output).error).toBe(error);
      expect(interrupts()).toBe(1);
      expect(actor.getSnapshot().value).toBe('cancelled');
    },
  );
});
