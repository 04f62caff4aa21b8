import { describe, expect, it } from 'vitest';
import { loadPeer } from './peers.js';

const failing = (code: string, message: string) => () =>
  Promise.reject(Object.assign(new Error(message), { code }));

describe('a package that only users of Spark need', () => {
  it('is told of as not installed where it is not', async () => {
    const load = failing(
      'ERR_MODULE_NOT_FOUND',
      "Cannot find package '@grpc/grpc-js' imported from /app/x.js",
    );
    await expect(loadPeer('@grpc/grpc-js', load)).rejects.toMatchObject({
      code: 'PLAN_INVALID',
      message: expect.stringContaining('@grpc/grpc-js, which is not installed. Run npm install'),
    });
  });

  it.each([
    ['ERR_MODULE_NOT_FOUND', "Cannot find package 'lodash.camelcase' imported from /app/x.js"],
    ['MODULE_NOT_FOUND', "Cannot find module 'lodash.camelcase'\nRequire stack:\n- /app/grpc.js"],
  ])('is told of as not whole where one that it needs is missing (%s)', async (code, message) => {
    await expect(loadPeer('@grpc/grpc-js', failing(code, message))).rejects.toMatchObject({
      message: expect.stringContaining("not installed whole: 'lodash.camelcase' is missing"),
    });
  });

  it('passes other failures on', async () => {
    await expect(loadPeer('p', failing('EACCES', 'No.'))).rejects.toMatchObject({ code: 'EACCES' });
  });
});
