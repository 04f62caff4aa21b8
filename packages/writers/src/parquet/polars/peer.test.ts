import { expect, it } from 'vitest';
import { ensurePolars } from './peer.js';

it('says what to install where nodejs-polars is missing, when the output is declared', () => {
  const missing = (name: string): string => {
    throw new Error(`Cannot find module '${name}'`);
  };
  expect(() => ensurePolars('out/x', missing)).toThrow(
    expect.objectContaining({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('npm install nodejs-polars'),
    }),
  );
  expect(() => ensurePolars('out/x', (name) => `/somewhere/${name}`)).not.toThrow();
});
