// Asks each tool that is here the same questions about the same job, and prints who answers right:
//   node bench/run-tools.js [--only cab,make] [--json FILE] [--verbose]
// Tools of npm are found along PATH: PATH=$PATH:/some/node_modules/.bin
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { faultOf, makeJob } from './tools/job.js';
import { questions } from './tools/questions.js';
import { absent, tools, versionOf, writeFiles } from './tools/tools.js';

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'string' }, verbose: { type: 'boolean' } },
});
const asked = tools.filter(({ name }) => values.only?.split(',').includes(name) ?? true);
const room = mkdtempSync(join(tmpdir(), 'cab-run-tools-'));
const columns = [];
const skipped = [];
try {
  for (const tool of asked) await askTool(tool);
} finally {
  rmSync(room, { recursive: true, force: true });
}
process.stdout.write(table());
if (values.json) writeFileSync(values.json, `${JSON.stringify(columns, null, 2)}\n`);

async function askTool(tool) {
  const { text, missing } = versionOf(tool);
  if (missing) {
    skipped.push([tool.name, missing]);
    return;
  }
  const answers = {};
  for (const question of questions) {
    if (tool.cannot?.includes(question.name)) continue;
    answers[question.name] = await answerOf(tool, question);
    process.stderr.write(`${tool.name}: ${question.what}: ${answers[question.name]}\n`);
  }
  columns.push({ name: tool.name, version: text, answers });
}

async function answerOf(tool, question) {
  const job = makeJob(mkdtempSync(join(room, 'job-')));
  const env = environmentOf(job);
  writeFiles(tool, job.project, env);
  const start = () => [tool.words[0], tool.words.slice(1), { cwd: job.project, env }];
  const call = () => callOf(start());
  const fault = tool.fault ?? faultOf;
  const original = job.project;
  try {
    const first = call();
    if (!first || fault(job)) return `cannot do the job: ${fault(job) ?? 'it fails'}`;
    // Some tools read times in seconds.
    await sleep(1100);
    await question.act(job, call, start);
    const before = job.runs();
    const wasThere =
      existsSync(join(job.project, 'sum.txt')) || existsSync(join(job.project, 'a.o'));
    const isDone = call();
    const wrong = fault(job);
    if (values.verbose && wrong) process.stderr.write(`${tool.name}: ${wrong}\n`);
    if (!isDone) return 'fails';
    if (wrong) return 'wrong';
    if (job.runs() > before) return 'ran';
    return wasThere ? 'not run' : 'restored';
  } finally {
    for (const project of new Set([original, job.project])) tool.cleanUp?.(project);
  }
}

function callOf([program, args, options]) {
  const { status, stdout, stderr } = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0 && values.verbose) process.stderr.write(`${stdout}${stderr}\n`);
  return status === 0;
}

/** Nothing of the caller's own settings, and a home of its own. */
function environmentOf({ dir }) {
  const PATH = [join(dir, 'bin'), process.env.PATH].join(delimiter);
  const quiet = { DO_NOT_TRACK: '1', TURBO_TELEMETRY_DISABLED: '1', NX_DAEMON: 'false' };
  return { PATH, HOME: join(dir, 'home'), USER: process.env.USER ?? 'root', ...quiet };
}

function table() {
  const cell = (text) => (/^(wrong|fails|cannot)/.test(text ?? '') ? `**${text}**` : (text ?? '–'));
  const lines = [
    ['', ...columns.map(({ name, version }) => `${name} ${version}`)],
    ['---', ...columns.map(() => '---')],
    ...questions.map(({ name, what }) => [
      what,
      ...columns.map(({ answers }) => cell(answers[name])),
    ]),
  ];
  const rest = [...skipped, ...(values.only ? [] : absent)];
  return [
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...rest.map(([name, why]) => `- ${name}: ${why}`),
    '',
  ].join('\n');
}
