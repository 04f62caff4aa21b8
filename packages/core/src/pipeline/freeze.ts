// Owns the guard against a consumer that changes an item which others get as well.

/** Freezes a plain object or an array, not what lies inside it. Other objects keep their state elsewhere and are left alone. */
export function freezeItem(item: unknown): void {
  if (typeof item !== 'object' || item === null) return;
  const prototype: unknown = Object.getPrototypeOf(item);
  if (prototype === Object.prototype || prototype === null || Array.isArray(item)) Object.freeze(item);
}

/** Freezing costs time, so it is for development and tests. */
export function freezesByDefault(environment: string | undefined): boolean {
  return environment === 'development' || environment === 'test';
}
