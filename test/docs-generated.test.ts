/** Pages of docs/reference that are made of what the program says: `vitest -u` writes them. */
import { format } from 'prettier';
import { expect, it } from 'vitest';
import { exitCodeOf } from '../src/cli/exit-codes.ts';
import { catalogue, isErrorCode, type Retry } from '../src/core/model/errors.ts';
import { eventTypes, type JobEventType } from '../src/core/model/job/job-event.ts';
import { served } from './helpers/served.ts';
import { upstreamOf } from './helpers/upstream-of.ts';

const rows = (titles: string[], body: string[][]): string =>
  [titles, titles.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |`).join('\n');

async function expectPage(name: string, text: string): Promise<void> {
  const formatted = await format(text, { parser: 'markdown', printWidth: 100 });
  await expect(formatted).toMatchFileSnapshot(`../docs/reference/${name}`);
}

it('docs/reference/metrics.md has every metric of a daemon', async () => {
  const upstream = upstreamOf('http://127.0.0.1:9');
  const { get } = await served({ collections: { onEnd: () => undefined } }, { upstream });
  await get('/readyz');
  const text = await (await get('/metrics')).text();
  const helps = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)$/gm)];
  const metrics = helps.map(([, name = '', help = '', type = '']) => [
    `\`${name}\``,
    type,
    labelsOf(text, name),
    help,
  ]);
  await expectPage(
    'metrics.md',
    `# Metrics

What \`GET /metrics\` of a daemon answers, in the text format of Prometheus. With tokens it takes one with the role \`read\`. Counters begin
at 0 when the daemon starts, and each label value that is known then is there from the beginning.
[Run as a service](../how-to/run-as-a-service.md#is-it-well) has alerts.

${rows(['metric', 'type', 'labels', 'what it counts'], metrics)}

Histograms have \`_bucket\`, \`_sum\` and \`_count\`. Free space of the disk is not in the metrics.
`,
  );
});

/** Labels of a metric that has been set, and the labels of those that have not. */
function labelsOf(text: string, name: string): string {
  const [, found = ''] = new RegExp(`^${name}(?:_bucket)?\\{(.*)\\} `, 'm').exec(text) ?? [];
  const labels = [...found.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
  return (labels.length > 0 ? labels : (unset[name] ?? []))
    .filter((label) => label !== 'le')
    .map((label) => `\`${label}\``)
    .join(', ');
}

const unset: Readonly<Record<string, readonly string[]>> = {
  cab_jobs_active: ['state', 'runner'],
  cab_jobs_ended_total: ['state', 'runner'],
  cab_run_duration_seconds: ['runner'],
  cab_verify_findings: ['class'],
};

const events: Readonly<Record<JobEventType, readonly [string, string]>> = {
  submitted: ['the job is on disk', '`track_id`, `priority`, `runner`'],
  started: ['an attempt begins', '`pid` of the worker'],
  stdout: ['the runner wrote to standard output', '`text`, `dropped`'],
  stderr: ['the runner wrote to standard error', '`text`, `dropped`'],
  progress: ['the runner reported progress', '`fraction` (0 to 1, or null), `message` (or null)'],
  retrying: [
    'an attempt failed, or was handed back, and the job waits again',
    '`code`, `message`, `delay_ms`; or `released`: true, `delay_ms`',
  ],
  done: [
    'the job ended; its result is published',
    '`cached`, `config_hash`, `source_hash`, `etag`',
  ],
  failed: ['the job ended as an error', '`code`, `message`'],
  canceled: ['the job was canceled', 'nothing'],
  timeout: ['the job ended: an attempt took too long', '`code`, `message`'],
};

it('docs/reference/events.md has every type of event', async () => {
  await expectPage(
    'events.md',
    `# Events

What happens to jobs, as server-sent events of \`GET /echo/jobs/{id}/events\` and \`GET /echo/events\`
([how to read them](http.md#events)), and as \`broker.events()\` in a program. [Fields of an event](documents.md#event) are the same for all types; \`data\` is not.

${rows(
  ['type', 'when', '`data`'],
  eventTypes.map((type) => [`\`${type}\``, ...events[type]]),
)}

\`stdout\` and \`stderr\` hold what was written since the one before: at most ten events a second of each, one a second from a runner that writes for
long, 16,384 characters each, and 1,048,576 in an attempt. \`dropped\` counts characters that were left out; the log has them.

Events are kept as long as the job is on record (\`cab gc --keep-job-days\`).
`,
  );
});

const tried: Readonly<Record<Retry, string>> = {
  asked: 'if `--retries` says so',
  outside: 'twice, by itself',
};

it('docs/reference/errors.md has every code of the table of errors', async () => {
  const errors = Object.entries(catalogue).map(([code, { status, hint, ...entry }]) => [
    `\`${code}\``,
    String(status),
    isErrorCode(code) ? String(exitCodeOf(code)) : '',
    'retry' in entry ? tried[entry.retry] : '',
    hint,
  ]);
  await expectPage(
    'errors.md',
    `# Errors

Every failure has a code. It is the same in a job (\`problem.code\`), over HTTP and with \`--json\` (\`error\`), and in a program
(\`CabError.code\`). Texts of messages may change; codes do not.

- **status**: of an HTTP answer with this code.
- **exit**: of a command that ends with it. [All exit codes](cli.md#exit-codes).
- **a job is tried again**: after an attempt that failed with this code.
- **hint**: what is printed if cab knows nothing more precise.

${rows(['code', 'status', 'exit', 'a job is tried again', 'hint'], errors)}
`,
  );
});
