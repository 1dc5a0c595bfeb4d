import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { cab, cleanEnvironment } from '../helpers/cab.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import { until } from '../helpers/until.ts';

const library = pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href;
const prelude = `import { defineRunner, openBroker } from ${JSON.stringify(library)};
import { writeFile } from 'node:fs/promises';
const object = defineRunner({
  name: 'object', version: '1',
  run: async ({ artifact_path }) => { await writeFile(artifact_path, '1'); },
});
`;

let dir: string;
let env: Record<string, string>;
beforeEach(async () => {
  dir = await tempDir();
  env = { CAB_CAS_ROOT: join(dir, 'root') };
  await writeFile(join(dir, 'a.json'), '{"n":1}');
});

async function program(body: string) {
  const file = join(dir, 'program.mjs');
  await writeFile(file, `${prelude}const root = ${JSON.stringify(join(dir, 'root'))};\n${body}`);
  const child = spawn(process.execPath, [file], { cwd: dir, env: cleanEnvironment() });
  onTestFinished(() => void child.kill());
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { child, ended: ended.then(([stdout, stderr, [code]]) => ({ stdout, stderr, code })) };
}

const enqueued = async (): Promise<string> =>
  (
    await cab(['submit', 'a.json', '--enqueue', '--runner', 'sh:cat'], { cwd: dir, env })
  ).stdout.trim();

describe('a program that embeds a broker', () => {
  it.each([
    ['wait', (id: string) => `console.log((await broker.wait('${id}')).status);`],
    [
      'events',
      (id: string) =>
        `for await (const { type } of broker.events({ job_id: '${id}' })) if (type !== 'submitted') console.log(type);`,
    ],
  ])('lives while %s waits for another process', async (_what, body) => {
    const id = await enqueued();
    const { child, ended } = await program(
      `const broker = await openBroker({ root, work: 'none' }); console.error('ready'); ${body(id)}
      await broker.close();`,
    );
    await once(child.stderr, 'data');
    await cab(['cancel', id], { cwd: dir, env });
    expect(await ended).toMatchObject({ code: 0, stdout: 'canceled\n' });
  });

  it('is told that the time is up, where nothing else keeps it alive', async () => {
    const id = await enqueued();
    const { ended } = await program(
      `const broker = await openBroker({ root, work: 'none' });
      await broker.wait('${id}', { timeoutMs: 300 }).catch(({ code }) => console.log(code));`,
    );
    expect(await ended).toMatchObject({ code: 0, stdout: 'wait_timeout\n' });
  });

  it.each([
    ['an object', 'object'],
    ['a program', `'sh:cat "$CAB_FEATURES_PATH"'`],
    ['a module', `'./runner.mjs'`],
    ['a Python callable', `'runner:run'`],
    ['an object, and all the queue', 'object', 'all'],
  ])(
    'ends by itself once a broker with %s has nothing to do',
    async (_what, runner, work = 'own') => {
      await writeFile(
        join(dir, 'runner.mjs'),
        `import { writeFileSync } from 'node:fs';
      export const run = ({ artifact_path }) => writeFileSync(artifact_path, '1');`,
      );
      await writeFile(
        join(dir, 'runner.py'),
        `def run(*, out_root, **_):
    path = out_root / "historical_echo.json"
    path.write_text("1")
    return {"artifact": str(path), "manifest": None}
`,
      );
      const { ended } = await program(
        `const broker = await openBroker({ root, runner: ${runner}, work: '${work}' });
      const jobs = await Promise.all([1, 2, 3, 4, 5].map((n) => broker.submit({ features_text: String(n) })));
      for (const { job_id } of jobs) console.log((await broker.wait(job_id)).status);`,
      );
      expect(await ended).toMatchObject({ code: 0, stdout: 'done\n'.repeat(5), stderr: '' });
    },
  );

  it('runs what others queued, with work: all, without a submission of its own', async () => {
    const id = await enqueued();
    const { ended } = await program(
      `const broker = await openBroker({ root, work: 'all' });
      await broker.wait('${id}');
      await broker.close();`,
    );
    expect(await ended).toMatchObject({ code: 0 });
    await until(async () => (await cab(['status', id], { cwd: dir, env })).stdout.includes('done'));
  });
});
