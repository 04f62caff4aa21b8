// Owns the keys that the page takes as a whole, and when they are left to what has the focus.
import { useEffect, useRef } from 'preact/hooks';
import type { Model } from '../model/model.js';

/** Where text is typed. */
const texts = 'input:not([type="checkbox"], [type="range"]), textarea';
/** What has a meaning of its own for a key. */
const owners: Readonly<Record<string, string | undefined>> = {
  ' ': 'button, select, summary, [type="checkbox"]',
  ArrowLeft: 'select, [type="range"]',
  ArrowRight: 'select, [type="range"]',
};

/** A moment that is shown, in milliseconds since 1970; undefined for the latest. */
type Moment = number | undefined;

/**
 * Space holds the page still, arrows go back and forth, a slash leads to the filter; not while something is typed.
 * @param now everything that is known
 * @param go shows the moment that is made of the one that is shown
 */
export function useKeys(now: Model, go: (next: (moment: Moment) => Moment) => void): void {
  // Keys may come faster than they are drawn: what they go by is no older than the last one.
  const known = useRef(now);
  known.current = now;
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const { target, key } = event;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const owner = owners[key];
      if (target instanceof Element && target.closest(owner === undefined ? texts : `${texts}, ${owner}`))
        return;
      const { from, to } = known.current;
      const step = (to - from) / 100;
      if (key === ' ') go((moment) => (moment === undefined ? to : undefined));
      else if (key === 'ArrowLeft') go((moment = to) => Math.max(from, moment - step));
      else if (key === 'ArrowRight') go((moment = to) => (moment + step >= to ? undefined : moment + step));
      else if (key === '/') document.querySelector<HTMLInputElement>('input[type="search"]')?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [go]);
  useEffect(releaseFocus, []);
}

/**
 * What was clicked has done what it is for, and gives up the focus: the next space is the page's. Whoever comes to it by keys
 * keeps it, and the next space is its own.
 */
function releaseFocus(): () => void {
  let isPointer = false;
  const onPointer = (): void => {
    isPointer = true;
  };
  const onKey = (): void => {
    isPointer = false;
  };
  const onUse = ({ type, target }: Event): void => {
    // A list that is clicked opens: it has done what it is for when something is chosen.
    const used = type === 'click' ? 'button, summary, [type="checkbox"]' : 'select';
    const { activeElement } = document;
    if (
      isPointer &&
      target instanceof Element &&
      target.closest(used) &&
      activeElement instanceof HTMLElement
    )
      activeElement.blur();
  };
  addEventListener('pointerdown', onPointer, true);
  addEventListener('keydown', onKey, true);
  addEventListener('click', onUse);
  addEventListener('change', onUse);
  return () => {
    removeEventListener('pointerdown', onPointer, true);
    removeEventListener('keydown', onKey, true);
    removeEventListener('click', onUse);
    removeEventListener('change', onUse);
  };
}
