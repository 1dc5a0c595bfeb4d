/** What cab says to wrong input, all of it on one page that a person can read: `vitest -u` writes it. */
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { cab } from '../helpers/cab.ts';
import { runCommand } from '../helpers/run-command.ts';
import { tempDir } from '../helpers/temp-dir.ts';

interface Wrong {
  readonly call: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Folder, relative, in which it is called. */
  readonly at?: string;
  readonly input?: string;
  /** It needs what a command in this process does not have: the table of commands, or real runners. */
  readonly isBuilt?: true;
}

const built = (...calls: string[]): Wrong[] => calls.map((call) => ({ call, isBuilt: true }));
const calls = (...all: string[]): Wrong[] => all.map((call) => ({ call }));
const configured = (...folders: string[]): Wrong[] =>
  folders.map((folder) => ({ call: 'config', at: `config/${folder}` }));

const wrong: readonly Wrong[] = [
  ...built('sumbit a.json', 'frobnicate', '--frobnicate', 'spine export'),
  ...calls(
    'submit',
    'submit nope.json',
    'submit *.nope',
    'submit bad.json',
    'submit empty.json',
    'submit folder',
    'submit a.json --priority high',
    'submit a.json --priority 5000',
    'submit a.json --timeout soon',
    'submit a.json --retries -1',
    'submit a.json --probe top_k',
    'submit a.json --probe =3',
    'submit a.json --track {stme}',
    'submit a.json b.json --track one',
    'submit a.json --track one --no-track',
    'submit a.json --wiat',
    'submit a.json --config-hash ../x',
    'submit a.json --artifact-name a/b',
    'submit a.json --artifact-name manifest.json',
    'submit a.json --manifest-name ..',
    'submit a.json --env A-B=1',
    'submit a.json --env PATH=x',
    'submit a.json --input nope.txt',
    'submit a.json --job thumb',
    'submit a.json --enqueue -o out',
    'status nope',
    'status 0000',
    'status --status finished',
    'status --limit 0',
    'status --limit many',
    'get nope',
    'get nope*',
    'get one --at 0',
    'get one --at 9',
    'get one --manifest --pointer',
    'get one -o nope/out.json',
    'get one -o data/echo_cas/echo/x',
    'get one two',
    'get',
    'logs',
    'logs nope',
    'cancel',
    'cancel nope',
    'cancel nope --all',
    'retry',
    'retry nope --failed',
    'history nope',
    'tracks rm nope*',
    'pin nope',
    'explain',
    'explain nope.json',
    'hash nope.json',
    'hash folder',
    'gc --keep-last 0',
    'gc --max-size big',
    'submit song.features.json --inline-limit 5MiB',
    'gc --restore nope',
    'verify nope',
    'verify --sample 0',
    'verify --rerun',
    'verify --jobs 0',
    'watch nope',
    'watch a.json',
    'watch folder --pattern [',
    'watch folder --on-done burn',
    'watch folder --on-done move:folder',
    'serve --port 99999',
    'serve --host 0.0.0.0',
    'serve --token-file nope',
    'spine import nope.csv --out spine.db',
    'spine import a.json',
    'completion tcsh',
    'run',
    'run thumb',
    'run -i nope.txt -- true',
    'run -o ../out -- true',
    'run -i folder -o folder/made -- true',
    'run -- nope-program',
    'run -e A-B -- true',
    'run --save x -- true',
    'run --network -- true',
  ),
  ...built(
    'submit a.json --db nope.db',
    'submit a.json --url http://127.0.0.1:1',
    'submit a.json --url ftp://example.org',
    'submit a.json --runner sh:cat --cas-root a.json',
    'submit a.json --runner nope.mjs',
    'submit a.json --runner ./nope.mjs',
    'submit a.json --runner nope:run',
    'submit a.json --runner exec:',
    'submit a.json --runner exec:nope-program',
    'submit a.json --runner ./empty.mjs',
    'submit a.json --runner ./sort.sh',
    'submit a.json --runner sort.sh',
    'submit a.json --runner sh:false',
  ),
  { call: 'submit - --runner-arg x=NaN', input: '{"a":' },
  { call: 'status', env: { CAB_CONCURRENCY: 'all' } },
  { call: 'status', env: { CAB_STATUS_LIMIT: '-3' } },
  { call: 'submit a.json', env: { CAB_PROBE: 'top_k=3' } },
  ...configured('syntax', 'unknown', 'section', 'value', 'array', 'recipe', 'kind'),
];

const configs: Readonly<Record<string, string>> = {
  syntax: '{\n  "runner": "sh:cat",\n}\n',
  unknown: '{"runer": "sh:cat"}',
  section: '{"serve": 8099}',
  value: '{"lease": "soon"}',
  array: '[]',
  recipe: '{"jobs": {"thumb": {"command": []}}}',
  kind: '{"jobs": {"thumb": {"runner": "sh:cat", "command": "cat"}}}',
};

async function scene(): Promise<string> {
  const cwd = await tempDir();
  const files = { 'a.json': '{"a":1}', 'b.json': '{"b":1}', 'bad.json': '{"a":', 'empty.json': '' };
  for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
  await writeFile(join(cwd, 'empty.mjs'), 'export const nothing = 1;\n');
  await writeFile(join(cwd, 'sort.sh'), 'sort\n');
  await mkdir(join(cwd, 'folder'));
  await symlink('loop', join(cwd, 'loop'));
  for (const [name, text] of Object.entries(configs)) {
    await mkdir(join(cwd, 'config', name), { recursive: true });
    await writeFile(join(cwd, 'config', name, 'cab.config.json'), text);
  }
  await runCommand(['submit', 'a.json', '--track', 'one'], { cwd });
  return cwd;
}

/** What changes from run to run. */
const settled = (text: string, cwd: string): string =>
  text
    .replaceAll(cwd, '/project')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'JOB')
    .replace(/[0-9a-f]{64}/g, 'HASH')
    .replace(/computed in \S+/g, 'computed in TIME');

async function told({ call, at = '', env = {}, input, isBuilt }: Wrong, cwd: string) {
  const words = call.split(' ');
  const options = { cwd: join(cwd, at), env, ...(input !== undefined && { input }) };
  const { code, stdout, stderr } = isBuilt
    ? await cab(words, options)
    : await runCommand(words, options);
  const names = Object.entries(env).map(([name, value]) => `${name}=${value} `);
  const head = `$ ${names.join('')}cab ${call}${at === '' ? '' : `    (in ${at}: ${configs[at.slice(7)]?.replaceAll('\n', ' ').trim()})`}`;
  return { call, code, text: settled(`${head}\n${stdout}${stderr}exit ${code}\n`, cwd) };
}

it('is told by name, with what to do next', async () => {
  const cwd = await scene();
  const all: Awaited<ReturnType<typeof told>>[] = [];
  for (const one of wrong) all.push(await told(one, cwd));
  await expect(all.map(({ text }) => text).join('\n')).toMatchFileSnapshot(
    '__snapshots__/wrong-inputs.txt',
  );
  expect(all.length).toBeGreaterThan(60);
  expect(all.filter(({ code }) => code === 0).map(({ call }) => call)).toEqual([]);
  // Nothing is a defect of cab, and each says what to do next.
  expect(all.filter(({ text }) => /defect|^ {4}at /m.test(text))).toEqual([]);
  expect(all.filter(({ text }) => !text.includes('\n  hint: ')).map(({ call }) => call)).toEqual(
    [],
  );
}, 240_000);
