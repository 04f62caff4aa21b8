// A sink that makes objects until V8 has no room for more.
import { defineSink } from '@tailrace/core/sink';

export default defineSink({
  name: 'heap',
  begin: async () => ({ skip: false, staging: undefined }),
  open: async () => ({
    write() {
      const kept: number[][] = [];
      for (;;) kept.push(new Array<number>(10_000).fill(Math.random()));
    },
    prepare: async () => ({ rows: 0, bytes: 0, files: [], part: undefined }),
    async abort() {},
  }),
  commit: async () => ({ rows: 0, bytes: 0, files: 0 }),
  async abort() {},
});
