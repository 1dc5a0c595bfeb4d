import { execa } from 'execa';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempDir } from '../helpers/temp-dir.ts';

const library = join(import.meta.dirname, '../../dist/index.js');
const count = 600;

it('takes more submissions at once than a process may have files open, of inputs sent and named', async () => {
  const cwd = await tempDir();
  await mkdir(join(cwd, 'songs'));
  await writeFile(
    join(cwd, 'runner.mjs'),
    `import { writeFileSync } from 'node:fs';
     export const version = '1';
     export const run = ({ artifact_path, source_hash }) => writeFileSync(artifact_path, JSON.stringify({ source_hash }));`,
  );
  await writeFile(
    join(cwd, 'program.mjs'),
    `import { writeFileSync } from 'node:fs';
     import { openBroker } from ${JSON.stringify(library)};
     const numbers = Array.from({ length: ${count} }, (_, n) => n);
     for (const n of numbers) writeFileSync(\`songs/\${n}.json\`, \`{"named":\${n}}\`);
     // The runner shares the files of the process, and may find none left while inputs come in.
     const broker = await openBroker({ root: 'tree', runner: './runner.mjs', concurrency: 4, maxAttempts: 5 });
     const sent = numbers.map((n) => broker.submit({ features_text: \`{"sent":\${n}}\` }));
     const named = numbers.map((n) => broker.submit({ features_path: \`songs/\${n}.json\` }));
     await Promise.all([...sent, ...named]);
     await broker.idle();
     console.log(JSON.stringify(await broker.counts()));
     await broker.close();`,
  );
  // A third of what is handed in at once; a warm thread has a dozen.
  const limited = `ulimit -n 200; exec ${process.execPath} program.mjs`;
  const { stdout } = await execa('sh', ['-c', limited], { cwd });
  expect(JSON.parse(stdout)).toMatchObject({ done: 2 * count, error: 0, pending: 0, running: 0 });
});
