import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactName, writeEntries } from '../fixtures/entries.js';
import { startDaemon } from '../peers/cab.js';
import { startNginx } from '../peers/nginx.js';
import { wrk } from '../peers/wrk.js';

export default {
  name: 'get-new',
  what: 'GET of 4 KiB artifacts that the daemon has not read yet, each once: opened, hashed, compared with its manifest',
  unit: '/s',
  goals: [],
  bound: 'one core: system calls of two files and a path, two hashes',
  needs: ['nginx', 'wrk'],
  sizes: { entries: 40_000, bytes: 4096, connections: 32, seconds: 3 },
  smoke: { entries: 2000, seconds: 1 },
  rounds: 3,
  takes: 45,

  async setUp(context) {
    const { sizes, dir } = context;
    const root = join(dir, 'root');
    const keys = writeEntries(root, sizes.entries, sizes);
    const nginx = await startNginx(context, root);
    const script = await walk(dir, keys);
    return {
      // A daemon of its own for each round: to it all is new.
      cab: async () => {
        const daemon = await startDaemon(context, root, ['--log-level', 'warn']);
        const { requests, rate } = await wrk({ ...sizes, url: daemon.url, script });
        await daemon.stop();
        if (requests > sizes.entries)
          context.note(
            `${requests - sizes.entries} of ${requests} requests were for something known`,
          );
        return rate;
      },
      nginx: async () => (await wrk({ ...sizes, url: nginx.url, script })).rate,
    };
  },
};

/** A wrk script that asks for one entry after the other. */
async function walk(dir, keys) {
  const paths = join(dir, 'paths');
  await writeFile(paths, keys.map((key) => `/echo/${key}/${artifactName}\n`).join(''));
  const script = join(dir, 'walk.lua');
  await writeFile(
    script,
    `local paths, at = {}, 0
function init() for path in io.lines(${JSON.stringify(paths)}) do paths[#paths + 1] = path end end
function request()
  at = at % #paths + 1
  return wrk.format('GET', paths[at])
end
`,
  );
  return script;
}
