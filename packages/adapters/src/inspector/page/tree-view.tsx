// Owns the list of actors: only the rows in sight are elements, so that thousands stay quick. Arrow keys choose.
import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import type { Model } from '../model/model.js';
import { treeOf } from '../model/tree.js';
import { lastState, stateText } from './format.js';

const rowHeight = 22;
const viewHeight = 560;

export interface TreeProps {
  readonly model: Model;
  readonly chosen: string | undefined;
  readonly choose: (id: string) => void;
}

export function TreeView({ model, chosen, choose }: TreeProps): ComponentChildren {
  const [filter, setFilter] = useState('');
  const [alive, setAlive] = useState(false);
  const [small, setSmall] = useState(false);
  const [top, setTop] = useState(0);
  const list = useRef<HTMLDivElement>(null);
  const rows = useMemo(
    () => treeOf(model.actors, { filter, alive, machines: !small }),
    [model.actors, filter, alive, small],
  );
  const first = Math.max(0, Math.floor(top / rowHeight) - 4);
  const shown = rows.slice(first, first + Math.ceil(viewHeight / rowHeight) + 8);

  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = rows.findIndex(({ actor }) => actor.id === chosen);
    const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
    if (next === undefined) return;
    choose(next.actor.id);
    const y = rows.indexOf(next) * rowHeight;
    const view = list.current;
    if (view !== null && (y < view.scrollTop || y > view.scrollTop + viewHeight - rowHeight))
      view.scrollTop = y - viewHeight / 2;
  };

  return (
    <div class="tree">
      <div class="tools">
        <input
          type="search"
          placeholder="Filter actors"
          aria-label="Filter actors"
          value={filter}
          onInput={({ currentTarget }) => setFilter(currentTarget.value)}
        />
        <label>
          <input
            type="checkbox"
            checked={alive}
            onChange={({ currentTarget }) => setAlive(currentTarget.checked)}
          />
          alive only
        </label>
        <label title="Promises, callbacks and the like, which have no states of their own">
          <input
            type="checkbox"
            checked={small}
            onChange={({ currentTarget }) => setSmall(currentTarget.checked)}
          />
          helpers too
        </label>
        <span class="hint">{`${rows.length} of ${model.actors.size}`}</span>
      </div>
      <div
        class="rows"
        ref={list}
        role="tree"
        aria-label="Actors"
        tabIndex={0}
        style={{ height: `${viewHeight}px` }}
        onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
        onKeyDown={onKey}
      >
        <div style={{ height: `${rows.length * rowHeight}px`, position: 'relative' }}>
          {shown.map(({ actor, depth }, index) => (
            <div
              key={actor.id}
              role="treeitem"
              data-actor={actor.id}
              aria-level={depth + 1}
              aria-selected={actor.id === chosen}
              tabIndex={-1}
              class={`row ${actor.status}`}
              style={{ top: `${(first + index) * rowHeight}px`, paddingLeft: `${6 + depth * 14}px` }}
              onClick={() => choose(actor.id)}
              onKeyDown={onKey}
            >
              <b>{actor.name}</b>
              <span class={`pill ${actor.status} ${lastState(actor.value)}`}>
                {stateText(actor.value) || actor.status}
              </span>
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}
