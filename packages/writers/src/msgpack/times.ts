// Owns timestamps as MessagePack's extension -1 has them: whole seconds since 1970 and nanoseconds.
import { EXT_TIMESTAMP, ExtData, encodeTimeSpecToTimestamp } from '@msgpack/msgpack';
import { type TimeUnit, ValueError } from '@tailrace/core/sink';

const perSecond = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n } as const;
const maxSeconds = BigInt(Number.MAX_SAFE_INTEGER);

/** A count of units since 1970. Throws a ValueError where the library would round the seconds. */
export function timestampOf(ticks: bigint, unit: TimeUnit, column: string, row: number): ExtData {
  const per = perSecond[unit];
  const rest = ticks % per;
  const isBefore = rest < 0n;
  const seconds = ticks / per - (isBefore ? 1n : 0n);
  if (seconds > maxSeconds || seconds < -maxSeconds) {
    throw new ValueError(
      `Column "${column}" holds a time of ${seconds} seconds since 1970, beyond the 2^53 that MessagePack's ` +
        'timestamps are written with here. Write the column as int64.',
      { operation: 'encode msgpack', context: { column, rowInBatch: row } },
    );
  }
  const nanoseconds = ((isBefore ? rest + per : rest) * 1_000_000_000n) / per;
  return new ExtData(
    EXT_TIMESTAMP,
    encodeTimeSpecToTimestamp({ sec: Number(seconds), nsec: Number(nanoseconds) }),
  );
}
