// Owns the subscription of an operator to its source: one that its subscriber's leaving ends at once.
import { type Observable, type Observer, Subject, type Subscriber, takeUntil } from 'rxjs';

/**
 * Subscribes `observer` to `source` until `subscriber` is closed. A source that emits everything within `subscribe` is
 * told too: the subscription it returns would come too late to stop it.
 */
export function subscribeWithin<T>(
  source: Observable<T>,
  subscriber: Pick<Subscriber<unknown>, 'add' | 'closed'>,
  observer: Observer<T>,
): void {
  const left = new Subject<void>();
  let isLeft = false;
  subscriber.add(() => {
    isLeft = true;
    left.next();
  });
  source.pipe(takeUntil(left)).subscribe({
    next: (item) => observer.next(item),
    error: (error: unknown) => observer.error(error),
    complete() {
      // takeUntil completes for the one who left as well.
      if (!isLeft) observer.complete();
    },
  });
}
