// Writes docs/reference/errors.md from the table of errors: node scripts/write-error-docs.js (format it afterwards).
import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { outputFiles } = await build({
  stdin: {
    contents: `export { catalogue } from '../src/core/model/errors.ts'; export { exitCodeOf } from '../src/cli/exit-codes.ts';`,
    resolveDir: import.meta.dirname,
  },
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
});
const { catalogue, exitCodeOf } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);

const retried = { asked: 'if `--retries` says so', outside: 'twice, by itself' };

const rows = Object.entries(catalogue).map(
  ([code, { status, hint, retry }]) =>
    `| \`${code}\` | ${status} | ${exitCodeOf(code)} | ${retried[retry] ?? ''} | ${hint} |`,
);
await writeFile(
  'docs/reference/errors.md',
  `# Errors

Every failure has a code. It is the same in a job (\`problem.code\`), over HTTP and with \`--json\` (\`error\`), and in a program
(\`CabError.code\`). Texts of messages may change; codes do not.

- **status**: of an HTTP answer with this code.
- **exit**: of a command that ends with it. [All exit codes](cli.md#exit-codes).
- **a job is tried again**: after an attempt that failed with this code.
- **hint**: what is printed if cab knows nothing more precise.

| code | status | exit | a job is tried again | hint |
|---|---|---|---|---|
${rows.join('\n')}
`,
);
