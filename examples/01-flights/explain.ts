// Owns how an error is told to the user of the demo: its message and those beneath it, each of them once.

/** The message of an error, then those of the errors it gathers or that caused it, indented; none that was told before. */
export function explain(error: unknown): string {
  const lines: string[] = [];
  const tell = (each: unknown, indent: string): void => {
    const message = each instanceof Error ? each.message : String(each);
    // A message often quotes the one beneath it.
    if (!lines.some((line) => line.includes(message))) lines.push(`${indent}${message}`);
    if (!(each instanceof Error)) return;
    const inner: unknown[] = each instanceof AggregateError ? each.errors : [];
    for (const beneath of [...inner, ...(each.cause === undefined ? [] : [each.cause])])
      tell(beneath, `${indent}  `);
  };
  tell(error, '');
  return lines.join('\n');
}
