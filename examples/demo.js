// The main job, from features files to printed results: node examples/demo.js (after a build).
// Works in a directory of its own, which is removed at the end; the songs are synthetic.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('./', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'cab-demo-'));
const program = join(here, '../bin/run.js');

function cab(...args) {
  console.log(`$ cab ${args.join(' ').replaceAll(here, 'examples/')}`);
  const env = { ...process.env, CAB_CAS_ROOT: root };
  return execFileSync(process.execPath, [program, ...args], { encoding: 'utf8', env });
}

try {
  const songs = ['ballad', 'midtempo', 'driving'].map((name) =>
    join(here, `${name}.features.json`),
  );
  const submit = ['submit', ...songs, '--db', join(here, 'spine.db'), '--track', '{stem}'];
  console.log(cab(...submit));
  console.log(cab('status'));

  const { neighbors } = JSON.parse(cab('get', 'ballad.features'));
  console.log('\nThe songs nearest to ballad.features:\n');
  for (const { year, artist, title, distance } of neighbors.slice(0, 5))
    console.log(`  ${distance.toFixed(3)}  ${year}  ${artist} – ${title}`);

  console.log('\nSubmitted again, each is found, not computed:\n');
  cab(...submit);
  console.log(cab('status', '--limit', '3'));
} finally {
  rmSync(root, { recursive: true, force: true });
}
