// Owns how tests tell that work on a text takes time in proportion to its length. For tests only.

/**
 * Throws for work whose time grows as the square of the length: 16 times as long a text then takes 256 times as long, not 16 times.
 * What else the machine does makes a time longer and never shorter, so that the least of several tells.
 * @param piece of which the texts are made
 */
export function expectLinear(work: (text: string) => void, piece: string): void {
  const [short, long] = [textOf(piece, 8_000), textOf(piece, 128_000)];
  let [ofShort, ofLong] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  // The first time of each is that of its compilation, too.
  for (let tries = 0; tries < 6; tries += 1) {
    ofShort = Math.min(ofShort, timeOf(work, short));
    ofLong = Math.min(ofLong, timeOf(work, long));
    if (tries > 0 && ofLong < 64 * ofShort) return;
  }
  throw new Error(
    `8,000 characters took ${ofShort} ms, 128,000 of them ${ofLong} ms: ${JSON.stringify(piece)}`,
  );
}

/** `x=` has every pattern looked for. */
const textOf = (piece: string, length: number): string => `x=${piece.repeat(length / piece.length)}`;

/** Milliseconds of processor time. */
function timeOf(work: (text: string) => void, text: string): number {
  const began = process.cpuUsage();
  work(text);
  const { user, system } = process.cpuUsage(began);
  return (user + system) / 1_000;
}
