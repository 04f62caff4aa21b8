// Owns when a part of the page is drawn: at once where a person has touched something or a run begins or ends; else once a beat
// while it is in sight, and rarely while it is not. The machine has a run to do.
import type { ComponentChildren, RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/**
 * Milliseconds between two drawings of a part out of sight, and of a lull in which it is drawn, too: what comes with every
 * drawing of the page, of which there is one a second at the least, leaves none.
 */
const outOfSight = { everyMs: 5_000, lullMs: 1_500 } as const;
/** Milliseconds by which a part is drawn before its time, or after it, so that it shares a frame with others: each is dear. */
const slackMs = 300;

/**
 * Milliseconds until a part that has changed is drawn, if nothing more comes.
 * @param everyMs between two drawings in sight, more or less
 */
export function dueIn(isInSight: boolean, everyMs: number, sinceDrawnMs: number): number {
  if (isInSight) return sinceDrawnMs >= everyMs - slackMs ? 0 : everyMs + slackMs - sinceDrawnMs;
  return Math.min(outOfSight.lullMs, Math.max(0, outOfSight.everyMs - sinceDrawnMs));
}

export interface Beat {
  /** What the part shows: it is drawn again when one of these is another than before. */
  readonly parts: readonly unknown[];
  /** As `parts`, of what does not wait. */
  readonly urgent: readonly unknown[];
  /** Milliseconds between two drawings while it is in sight. Default 0: with every change. */
  readonly everyMs?: number | undefined;
  readonly draw: () => ComponentChildren;
}

interface Drawn extends Pick<Beat, 'parts' | 'urgent'> {
  readonly at: number;
  readonly content: ComponentChildren;
}

/** What is to stand in a place now: what stood there before, unless it is to be drawn again. */
export function useBeat(
  place: RefObject<Element>,
  { parts, urgent, everyMs = 0, draw }: Beat,
): ComponentChildren {
  const drawn = useRef<Drawn>();
  // Until it is known: what has come into the document may be looked at.
  const isInSight = useRef(true);
  const isDue = useRef(false);
  const [, again] = useState(0);
  useEffect(() => {
    if (place.current === null) return;
    const observer = new IntersectionObserver((seen) => {
      isInSight.current = seen.at(-1)?.isIntersecting ?? true;
      if (isInSight.current) again((turn) => turn + 1);
    });
    observer.observe(place.current);
    return () => observer.disconnect();
  }, [place]);

  const last = drawn.current;
  let waitMs = 0;
  if (last !== undefined && same(last.urgent, urgent)) {
    if (same(last.parts, parts)) waitMs = Number.POSITIVE_INFINITY;
    else if (!isDue.current) waitMs = dueIn(isInSight.current, everyMs, performance.now() - last.at);
  }
  isDue.current = false;
  if (waitMs <= 0) drawn.current = { parts, urgent, at: performance.now(), content: draw() };
  // An effect that waits for the next frame would ask for one.
  useLayoutEffect(() => {
    if (waitMs <= 0 || waitMs === Number.POSITIVE_INFINITY) return;
    const timer = setTimeout(() => {
      isDue.current = true;
      again((turn) => turn + 1);
    }, waitMs);
    return () => clearTimeout(timer);
  });
  return drawn.current?.content;
}

const same = (these: readonly unknown[], those: readonly unknown[]): boolean =>
  these.length === those.length && these.every((each, index) => each === those[index]);
