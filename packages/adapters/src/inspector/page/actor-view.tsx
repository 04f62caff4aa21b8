// Owns what is shown of the chosen actor: its state chart, its events, its snapshot.
import type { ComponentChildren } from 'preact';
import type { Model } from '../model/model.js';
import { ChartView } from './chart-view.js';
import { duration, stateText } from './format.js';

/** Events of one actor that are listed. */
const mostEvents = 100;

export function ActorPanel({
  model,
  id,
}: {
  readonly model: Model;
  readonly id: string | undefined;
}): ComponentChildren {
  const actor = id === undefined ? undefined : model.actors.get(id);
  if (actor === undefined) return <p class="hint">Choose an actor to see its states.</p>;
  const own = model.log.filter((line) => line.id === actor.id).slice(-mostEvents);
  return (
    <div class="actor">
      <h3>
        {actor.name} <span class={`pill ${actor.status}`}>{stateText(actor.value) || actor.status}</span>
      </h3>
      <ChartView actor={actor} />
      <div class="pair">
        <section>
          <h2>{`Its events, the latest first (${own.length} of ${actor.events})`}</h2>
          <ol class="log">
            {own.toReversed().map((line, index) => (
              <li key={own.length - index}>
                <time>{duration(line.at - model.from)}</time>
                <b>{line.event}</b>
                <code>{JSON.stringify(line.detail)}</code>
              </li>
            ))}
          </ol>
        </section>
        <section>
          <h2>Its snapshot</h2>
          <pre class="snapshot">{JSON.stringify(actor.snapshot, null, 2)}</pre>
        </section>
      </div>
    </div>
  );
}
