import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createBudget } from '../budget/create-budget.js';
import { createGate } from './gate.js';
import { settle } from './runtime-fixtures.js';

const budget = () => createBudget({ limitBytes: 1000 });

it('is open exactly while nobody shuts it and the budget has room', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('close', 'open', 'fill', 'free')), (steps) => {
      const held = budget();
      const reservation = held.reserve(0, 'batch');
      let changes = 0;
      const gate = createGate(held, () => {
        changes += 1;
      });
      let reasons = 0;
      let flips = 0;
      for (const step of steps) {
        const before = reasons > 0;
        if (step === 'close') {
          reasons += 1;
          gate.close();
        } else if (step === 'open' && reasons > 0) {
          reasons -= 1;
          gate.open();
        } else if (step === 'fill' || step === 'free') {
          reservation.resize(step === 'fill' ? 1000 : 0);
        }
        if (before !== reasons > 0) flips += 1;
        expect(gate.shut).toBe(reasons > 0);
        expect(gate.downstream.open).toBe(reasons === 0 && !held.saturated);
      }
      expect(changes).toBe(flips);
    }),
  );
});

it('lets waiters go on only when neither a consumer nor the budget is in the way', async () => {
  const held = budget();
  const reservation = held.reserve(1000, 'batch');
  const gate = createGate(held);
  let passed = false;
  gate.close();
  const waiting = gate.downstream.whenOpen().then(() => {
    passed = true;
  });
  gate.open();
  await settle();
  expect(passed).toBe(false);
  gate.close();
  reservation.release();
  await settle();
  expect(passed).toBe(false);
  gate.open();
  await waiting;
  expect(passed).toBe(true);
});

it('lets a waiter leave with the reason of its signal', async () => {
  const gate = createGate(budget());
  gate.close();
  const controller = new AbortController();
  const waiting = gate.downstream.whenOpen(controller.signal);
  controller.abort(new Error('left'));
  await expect(waiting).rejects.toThrow('left');
  await expect(gate.downstream.whenOpen(controller.signal)).rejects.toThrow('left');
});
