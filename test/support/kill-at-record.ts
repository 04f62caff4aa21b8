// Owns a death at a named point of a job: kill -9 of this process when its journal is about to be given a record, or has it.
import files, { type FileHandle } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

export interface KillPoint {
  /** Type of the record, and the output that it is about. */
  readonly record: 'intent' | 'committed' | 'done';
  readonly output: string;
  /** `before` a byte of it is written, or `after` it is on stable storage. */
  readonly when: 'before' | 'after';
}

/** From here on, whoever opens a file called `journal` writes to it until that point. */
export function killAtRecord({ record, output, when }: KillPoint): void {
  const open = files.open.bind(files);
  const die = (): void => void process.kill(process.pid, 'SIGKILL');
  const watched = (handle: FileHandle): FileHandle => {
    let isIt = false;
    return new Proxy(handle, {
      get(target, name) {
        // Methods of a file handle look for their fields on the handle itself.
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          const [bytes] = args;
          if (name === 'write' && bytes instanceof Uint8Array) {
            // As MessagePack has it: texts as they are, short ones after a byte that tells their length.
            const type = `type${String.fromCharCode(0xa0 + record.length)}${record}`;
            const text = Buffer.from(bytes).toString('latin1');
            isIt = text.includes(type) && (record === 'done' || text.includes(output));
            if (isIt && when === 'before') die();
          }
          const result: unknown = Reflect.apply(value, target, args);
          if (name !== 'sync' || !isIt) return result;
          return Promise.resolve(result).then(die);
        };
      },
    });
  };
  files.open = async (path, ...rest) => {
    const handle = await open(path, ...rest);
    return String(path).endsWith('/journal') ? watched(handle) : handle;
  };
  syncBuiltinESMExports();
}
