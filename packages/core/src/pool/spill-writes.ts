// Owns how the writes of one output give memory back: those that hold most of it first.
import type { Spillable } from '../materialise/memory.js';
import type { Ledger } from '../output/ledger.js';

export function spillWrites(
  name: string,
  writes: ReadonlyMap<string, { readonly ledger: Ledger }>,
): Spillable {
  return {
    name,
    spillableBytes() {
      let sum = 0;
      for (const { ledger } of writes.values()) sum += ledger.spillableBytes();
      return sum;
    },
    async spill(targetBytes) {
      const byNeed = Array.from(writes.values(), ({ ledger }) => ({ ledger, bytes: ledger.spillableBytes() }))
        .filter(({ bytes }) => bytes > 0)
        .sort((a, b) => b.bytes - a.bytes);
      let freed = 0;
      for (const { ledger } of byNeed) {
        if (freed >= targetBytes) break;
        freed += await ledger.spill(targetBytes - freed);
      }
      return freed;
    },
    spillSync(targetBytes) {
      let freed = 0;
      for (const { ledger } of writes.values()) {
        if (freed >= targetBytes) break;
        freed += ledger.spillSync(targetBytes - freed);
      }
      return freed;
    },
  };
}
