// Owns when the messages of other apps were sent, by our clock. One clock orders everything that is shown, and theirs may be
// that of another machine, or anything: a time that is far off would stretch the whole timeline for good.

/** Milliseconds for which a message may have been under way; clients hold messages back until they are connected. */
const mostLateMs = 10_000;

export interface ForeignTimes {
  /**
   * Milliseconds since 1970: never later than now and hardly earlier. How far a sender's clock is off is learnt and kept for its
   * connection, so that its messages stay as far apart as it says.
   * @param said milliseconds since 1970 by the sender's clock; undefined when it does not say
   */
  at(source: string, said: number | undefined): number;
  /** A connection has ended. */
  end(source: string): void;
}

export function createForeignTimes(wallTime: () => number): ForeignTimes {
  /** By connection: how much its clock lags behind ours, in milliseconds. */
  const lags = new Map<string, number>();
  return {
    at(source, said) {
      const now = Math.round(wallTime());
      if (said === undefined) return now;
      const at = said + (lags.get(source) ?? 0);
      if (at <= now && at >= now - mostLateMs) return at;
      lags.set(source, now - said);
      return now;
    },
    end(source) {
      lags.delete(source);
    },
  };
}
