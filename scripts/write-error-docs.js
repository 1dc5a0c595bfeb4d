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

const rows = Object.entries(catalogue).map(
  ([code, { status, hint }]) => `| \`${code}\` | ${status} | ${exitCodeOf(code)} | ${hint} |`,
);
await writeFile(
  'docs/reference/errors.md',
  `# Errors

Every failure has a code, the same in a job's \`problem.code\`, in the JSON error of a command, and for an embedding
program. The exit code is that of a command that ends with it; the status is that of an HTTP answer. The hint is
what is said where nothing more precise is known.

| code | status | exit | hint |
|---|---|---|---|
${rows.join('\n')}

Exit codes: 0 fine · 1 a job failed, or a check found something · 2 wrong usage or bad input · 3 not found ·
4 the daemon, store, disk or queue cannot be reached, or is full · 5 waiting ran out of time · 6 bytes do not match their digest ·
130 interrupted.
`,
);
