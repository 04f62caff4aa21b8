// Owns a strict reader of Chrome's traces, as the document "Trace Event Format" describes the JSON object form and as
// Perfetto's importer takes it: what either would drop or repair is an error here. Nesting is Perfetto's rule: a slice that
// begins within another of its track must end within it.

export interface Slice {
  readonly name: string;
  readonly category: string;
  /** Microseconds. */
  readonly from: number;
  readonly to: number;
  readonly depth: number;
  readonly args: Readonly<Record<string, unknown>>;
}
export interface Track {
  readonly name: string;
  readonly process: string;
  /** Where it is drawn among those of its process; undefined if nothing says. */
  readonly place: number | undefined;
  readonly slices: readonly Slice[];
}
export interface ReadTrace {
  readonly tracks: readonly Track[];
  readonly instants: readonly { readonly name: string; readonly args: Readonly<Record<string, unknown>> }[];
  readonly counters: ReadonlyMap<string, readonly Readonly<Record<string, number>>[]>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Fields that an event of each phase must have, and those that it may have. */
const shapes: Readonly<
  Record<string, { readonly must: readonly string[]; readonly may: readonly string[] } | undefined>
> = {
  X: { must: ['name', 'cat', 'ph', 'ts', 'dur', 'pid', 'tid'], may: ['args'] },
  i: { must: ['name', 'ph', 'ts', 'pid', 'tid', 's'], may: ['cat', 'args'] },
  C: { must: ['name', 'ph', 'ts', 'pid', 'args'], may: ['cat', 'tid'] },
  M: { must: ['name', 'ph', 'pid', 'args'], may: ['cat', 'ts', 'tid'] },
};

/** @throws Error that names the event and what is wrong with it */
export function readTraceFormat(text: string): ReadTrace {
  const file: unknown = JSON.parse(text);
  if (!isRecord(file) || !Array.isArray(file.traceEvents)) throw new Error('no list of traceEvents');
  if (!['ms', 'ns', undefined].includes(file.displayTimeUnit as string | undefined))
    throw new Error('displayTimeUnit is neither ms nor ns');
  const names = new Map<string, string>();
  const processes = new Map<string, string>();
  const places = new Map<string, number>();
  const slices = new Map<string, Fields[]>();
  const instants: ReadTrace['instants'][number][] = [];
  const counters = new Map<string, Readonly<Record<string, number>>[]>();
  for (const [index, event] of file.traceEvents.entries()) {
    const refuse = (why: string): Error => new Error(`event ${index} ${JSON.stringify(event)}: ${why}`);
    if (!isRecord(event)) throw refuse('no object');
    const why = complaintOf(event);
    if (why !== undefined) throw refuse(why);
    const track = `${String(event.pid)}/${String(event.tid)}`;
    const args = isRecord(event.args) ? event.args : {};
    if (event.ph === 'M' && event.name === 'thread_name') {
      if (names.has(track)) throw refuse('names its track a second time');
      names.set(track, String(args.name));
    } else if (event.ph === 'M' && event.name === 'process_name') {
      if (processes.has(String(event.pid))) throw refuse('names its process a second time');
      processes.set(String(event.pid), String(args.name));
    } else if (event.ph === 'M' && event.name === 'thread_sort_index') {
      if (!isNumber(args.sort_index)) throw refuse('has no place');
      places.set(track, args.sort_index);
    } else if (event.ph === 'X') slices.set(track, [...(slices.get(track) ?? []), event]);
    else if (event.ph === 'i') instants.push({ name: String(event.name), args });
    else if (event.ph === 'C') {
      const values = Object.values(args);
      if (values.length === 0 || !values.every(isNumber)) throw refuse('counts what is no number');
      const name = String(event.name);
      // Checked in the line above.
      counters.set(name, [...(counters.get(name) ?? []), args as Record<string, number>]);
    }
  }
  const tracks = Array.from(slices, ([track, events]): Track => {
    const name = names.get(track);
    if (name === undefined) throw new Error(`track ${track} has no name`);
    const process = processes.get(track.split('/')[0] ?? '');
    if (process === undefined) throw new Error(`track ${track} belongs to no process that has a name`);
    return { name, process, place: places.get(track), slices: nested(name, events) };
  });
  return { tracks, instants, counters };
}

function complaintOf(event: Fields): string | undefined {
  const shape = shapes[String(event.ph)];
  if (shape === undefined) return 'a phase that is not read here';
  const missing = shape.must.filter((field) => event[field] === undefined);
  if (missing.length > 0) return `lacks ${missing.join(', ')}`;
  const strange = Object.keys(event).filter(
    (field) => !shape.must.includes(field) && !shape.may.includes(field),
  );
  if (strange.length > 0) return `has ${strange.join(', ')}`;
  if (typeof event.name !== 'string' || event.name === '') return 'has no name';
  if (event.cat !== undefined && typeof event.cat !== 'string') return 'cat is no text';
  for (const field of ['pid', 'tid']) {
    if (event[field] !== undefined && !Number.isInteger(event[field])) return `${field} is no whole number`;
  }
  for (const field of ['ts', 'dur']) {
    if (event[field] !== undefined && !(isNumber(event[field]) && event[field] >= 0))
      return `${field} is no time`;
  }
  if (event.args !== undefined && !isRecord(event.args)) return 'args are no object';
  return event.ph === 'i' && !['g', 'p', 't'].includes(String(event.s)) ? 'has no scope' : undefined;
}

/** Slices of one track in their order, with the depth at which Perfetto draws them. */
function nested(track: string, events: readonly Fields[]): readonly Slice[] {
  const all = events
    .map(({ name, cat, ts, dur, args }) => ({
      name: String(name),
      category: String(cat),
      from: Number(ts),
      to: Number(ts) + Number(dur),
      args: isRecord(args) ? args : {},
    }))
    .toSorted((a, b) => a.from - b.from || b.to - a.to);
  const open: { readonly name: string; readonly to: number }[] = [];
  return all.map((slice): Slice => {
    while ((open.at(-1)?.to ?? Number.POSITIVE_INFINITY) <= slice.from) open.pop();
    const above = open.at(-1);
    if (above !== undefined && slice.to > above.to)
      throw new Error(`track ${track}: '${slice.name}' begins within '${above.name}' and ends after it`);
    open.push(slice);
    return { ...slice, depth: open.length - 1 };
  });
}

const isRecord = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
