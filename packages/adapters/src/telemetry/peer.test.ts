import { expect, test } from 'vitest';
import { loadPeer } from './peer.js';

test('a peer that is not installed is named, with what to do', async () => {
  // Nobody publishes it.
  const name = '@tailrace/not-there';
  const missing = loadPeer(name, 'prometheus()', () => import(/* @vite-ignore */ name));
  await expect(missing).rejects.toMatchObject({
    code: 'PLAN_INVALID',
    message: `prometheus() needs the package ${name}, which is not installed, or cannot be loaded. Run npm install ${name}.`,
  });
  expect(await loadPeer('node:path', 'x', () => import('node:path'))).toHaveProperty('join');
});
