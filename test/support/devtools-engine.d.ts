// Owns the types of what is read of the trace engine of Chrome's DevTools; its own need the DOM.
declare module '@paulirish/trace_engine/models/trace/trace.js' {
  interface TraceEntry {
    readonly name: string;
    /** Microseconds. */
    readonly ts: number;
    readonly dur?: number;
  }
  interface TraceThread {
    readonly name: string | null;
    readonly entries: readonly TraceEntry[];
  }
  interface RendererData {
    readonly processes: ReadonlyMap<number, { readonly threads: ReadonlyMap<number, TraceThread> }>;
    readonly entryToNode: ReadonlyMap<TraceEntry, { readonly depth: number }>;
  }
  interface Model {
    parse(events: readonly unknown[]): Promise<void>;
    parsedTrace(): { readonly data: { readonly Renderer: RendererData } } | null;
  }
  export const TraceModel: { readonly Model: { createWithAllHandlers(): Model } };
}
