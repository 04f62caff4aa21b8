// A program that writes version after version of an output of every kind, and new outputs between them, until it is told
// to stop. It says `start` and `done` with the target and the version of each.
import { type Kind, kinds, type WriteJob, write } from '../kinds.js';

const { dir }: { dir: string } = JSON.parse(process.argv[2] ?? '');
let isStopped = false;
process.stdin.on('data', () => {
  isStopped = true;
});

async function writeOne(job: WriteJob): Promise<void> {
  const told = JSON.stringify({ kind: job.kind, name: job.name, version: job.version });
  process.stdout.write(`start ${told}\n`);
  await write(job);
  process.stdout.write(`done ${told}\n`);
}

/** Outputs that lie side by side are written side by side, each by one run at a time. */
async function lane(own: readonly Kind[]): Promise<void> {
  for (let round = 1; !isStopped; round += 1) {
    for (const kind of own) {
      if (isStopped) return;
      const isOnce = kind === 'new-directory' || kind === 'new-file';
      await writeOne({ dir, kind, name: isOnce ? `${kind}-${round}` : kind, version: isOnce ? 1 : round });
    }
  }
}

await Promise.all([
  lane(kinds.filter((_, index) => index % 2 === 0)),
  lane(kinds.filter((_, index) => index % 2 === 1)),
]);
process.stdin.destroy();
