// Owns a sink of no cost: it counts rows and lets them go.
import { defineSink } from '@tailrace/core/sink';

export default defineSink<unknown, undefined, undefined>({
  name: 'null',
  begin: async () => ({ skip: false, staging: undefined }),
  async open() {
    let rows = 0;
    return {
      write(batch) {
        rows += batch.rows;
      },
      prepare: async () => ({ rows, bytes: 0, files: [], part: undefined }),
      async abort() {},
    };
  },
  commit: async ({ prepared }) => ({
    rows: prepared.reduce((sum, { rows }) => sum + rows, 0),
    bytes: 0,
    files: 0,
  }),
  async abort() {},
});
