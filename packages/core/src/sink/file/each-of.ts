// Owns doing one thing for many items with a few at a time. It holds no items of its own.

/**
 * Does `action` for every item, at most `lanes` at once. After the first failure no more are begun; it is thrown when
 * those under way are over, so that nothing runs on behind the caller's back.
 */
export async function eachOf<T>(
  items: Iterable<T>,
  lanes: number,
  action: (item: T) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  const queue = items[Symbol.iterator]();
  const lane = async (): Promise<void> => {
    for (let next = queue.next(); !next.done && failures.length === 0; next = queue.next()) {
      try {
        await action(next.value);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  if (failures.length > 0) throw failures[0];
}
