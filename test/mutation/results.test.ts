import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findMutations, type Mutation } from './find-mutations.js';
import { addResult, describeScore, isWorthATrial, readResults, resultOf, scoreOf } from './results.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tailrace-results-'));
  path = join(folder, 'results.json');
});
afterEach(() => rmSync(folder, { recursive: true }));

const mutations = findMutations('f.ts', 'async function f(fs) { await fs.rename(); await fs.link(); }');
const [first, second, third] = mutations as [Mutation, Mutation, Mutation];

it('adds up what was caught, what was explained and what survived, of what was tried', () => {
  addResult(path, first, { caught: { by: 'unit', how: 'a test' } });
  addResult(path, second, { tried: ['unit'] });
  const score = scoreOf(mutations, readResults(path));
  expect(score).toMatchObject({ found: 3, tried: 2, caughtBy: { unit: 1 }, survivors: [second.name] });
  expect(describeScore(score)).toContain(`survived: ${second.name}`);
});

it('keeps the suites that have not caught a survivor, and drops them once one has', () => {
  addResult(path, first, { tried: ['unit'] });
  addResult(path, first, { tried: ['simulation'] });
  expect(resultOf(readResults(path), first)?.tried).toEqual(['unit', 'simulation']);
  addResult(path, first, { caught: { by: 'sweep', how: 'a test' } });
  expect(resultOf(readResults(path), first)).toEqual({
    digest: first.digest,
    caught: { by: 'sweep', how: 'a test' },
  });
});

it('believes no result of a function that has changed', () => {
  addResult(path, third, { caught: { by: 'unit', how: 'a test' } });
  expect(resultOf(readResults(path), { ...third, digest: 'another' })).toBeUndefined();
});

it('tries a survivor again once its tests have changed, or with a suite that has not tried it', () => {
  const isWorth = (suites: Parameters<typeof isWorthATrial>[1], tests: string): boolean =>
    isWorthATrial(resultOf(readResults(path), first), suites, tests);
  expect(isWorth(['unit'], 'tests 1')).toBe(true);
  addResult(path, first, { tried: ['unit'], tests: 'tests 1' });
  expect(isWorth(['unit'], 'tests 1')).toBe(false);
  expect(isWorth(['unit', 'simulation'], 'tests 1')).toBe(true);
  expect(isWorth(['unit'], 'tests 2')).toBe(true);
  addResult(path, first, { tried: ['unit'], tests: 'tests 2' });
  expect(isWorth(['unit'], 'tests 2')).toBe(false);
  addResult(path, first, { caught: { by: 'unit', how: 'a test' } });
  expect(isWorth(['sweep'], 'tests 3')).toBe(false);
});
