/**
 * The shell blocks of a page, run as a reader would type them. A page is one shell in one folder, which holds a copy of
 * `examples`; so a block may rely on the blocks before it.
 *
 * In a `console` block a line that begins with `$ ` is a command, and what follows is what it prints. `…` stands for any
 * text within a line, and alone on a line for any lines. In a `sh` block nothing is compared; each command must end with 0.
 * A comment before a block says what else is to be done with it:
 *
 *     <!-- test: skip, REASON -->           it is not run
 *     <!-- test: background, TEXT -->       it goes on beside the next blocks, which wait until it has printed TEXT
 *     <!-- test: file PATH -->              not a command, but what that file holds
 *     <!-- test: setup
 *     COMMANDS -->                          commands that the page does not show
 *     <!-- test: needs PROGRAM -->          the page is skipped where this program is not installed
 */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cleanEnvironment, program } from './cab.ts';
import { closedAddress } from './closed-port.ts';
import { ownedTempDir } from './temp-dir.ts';

export interface Step {
  readonly line: number;
  readonly kind: 'shown' | 'plain' | 'background' | 'file' | 'setup' | 'skipped' | 'needs';
  /** What the directive names: a reason, a text to wait for, a path. */
  readonly about: string;
  readonly text: string;
  /** Of `shown`: what the page prints below the command. */
  readonly output: string;
}

export interface Outcome {
  readonly step: Step;
  readonly output: string;
}

const notRun = 'did not run';

/** Stands on pages for the folder in which their commands run. */
const shownFolder = '/home/ada/demo';

const repository = join(import.meta.dirname, '../..');

const programs = { cab: program, 'content-addressed-broker': join(repository, 'bin/serve.js') };

const token = /^<!-- test: ([^]*?)-->$|^```(\w*)\n([^]*?)^```$/gm;

export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let next: readonly [string, string] = ['', ''];
  for (const found of page.matchAll(token)) {
    const [, directive, language = '', body = ''] = found;
    const line = page.slice(0, found.index).split('\n').length;
    if (directive !== undefined) {
      const [, word = '', rest = ''] = /^(\w+),?\s*([^]*)$/.exec(directive.trim()) ?? [];
      if (word === 'setup') steps.push(step(line, 'setup', '', rest));
      else if (word === 'needs') steps.push(step(line, 'needs', rest, ''));
      else next = [word, rest];
      continue;
    }
    const [word, about] = next;
    next = ['', ''];
    if (word === 'file') steps.push(step(line, 'file', about, body));
    else if (!['sh', 'console'].includes(language)) continue;
    else if (word === 'skip') steps.push(step(line, 'skipped', about, body));
    else if (word === 'background') steps.push(step(line, 'background', about, body.trim()));
    else if (language === 'sh') steps.push(step(line, 'plain', about, body));
    else steps.push(...shown(line + 1, body));
  }
  return steps;
}

const step = (
  line: number,
  kind: Step['kind'],
  about: string,
  text: string,
  output = '',
): Step => ({
  line,
  kind,
  about,
  text,
  output,
});

function shown(first: number, body: string): Step[] {
  const steps: { line: number; command: string[]; output: string[] }[] = [];
  for (const [index, line] of body.trimEnd().split('\n').entries()) {
    const last = steps.at(-1);
    if (line.startsWith('$ '))
      steps.push({ line: first + index, command: [line.slice(2)], output: [] });
    else if (last === undefined) throw new Error(`line ${String(first + index)} is no command`);
    else if (last.output.length === 0 && last.command.at(-1)?.endsWith('\\') === true)
      last.command.push(line);
    else last.output.push(line);
  }
  return steps.map(({ line, command, output }) =>
    step(line, 'shown', '', command.join('\n'), output.join('\n')),
  );
}

export interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  /** The store in place of the root that the page shows. */
  readonly store: string;
}

/** Runs the steps of a page, and gives those whose output is another, or that failed. */
export async function runPage(
  steps: readonly Step[],
  surroundings?: Surroundings,
): Promise<Outcome[]> {
  const dir = await ownedTempDir();
  try {
    return await runIn(dir.path, steps, surroundings);
  } finally {
    await dir.remove();
  }
}

async function runIn(
  dir: string,
  steps: readonly Step[],
  surroundings: Surroundings | undefined,
): Promise<Outcome[]> {
  const [bin, home, work] = [join(dir, 'bin'), join(dir, 'home'), join(dir, 'work')];
  for (const folder of [bin, home, work]) await mkdir(folder);
  await cp(join(repository, 'examples'), join(work, 'examples'), { recursive: true });
  await mkdir(join(work, 'node_modules'));
  await symlink(repository, join(work, 'node_modules/content-addressed-broker'));
  for (const [name, started] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${started}" "$@"\n`);
    await chmod(join(bin, name), 0o755);
  }
  const { port } = new URL(await closedAddress());
  const script = join(dir, 'page.sh');
  await writeFile(script, scriptOf(steps, dir).replaceAll('8099', port));
  const printed = await bash(script, work, {
    ...cleanEnvironment(),
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    FIXTURES: join(repository, 'test/fixtures'),
    CAB_SERVE_PORT: port,
    ...surroundings?.env,
  });
  // The digits of the port may lie within a digest too.
  const own = new RegExp(`\\b${port}\\b`, 'g');
  const root = join(shownFolder, 'data/echo_cas');
  const asShown = (output: string): string =>
    output
      .replaceAll(own, '8099')
      .replaceAll(work, shownFolder)
      .replaceAll(surroundings?.store ?? root, root);
  const outputs = new Map(
    printed
      .split('\u0001')
      .slice(1)
      .map((part) => {
        const [line = '', output = ''] = part.split('\u0002');
        return [Number(line), asShown(output)];
      }),
  );
  return steps.flatMap((each) => {
    if (isNoCommand(each)) return [];
    const output = outputs.get(each.line) ?? notRun;
    const right = each.kind === 'shown' ? fits(each.output, output) : !output.includes('\u0003');
    return right ? [] : [{ step: each, output: output.replaceAll('\u0003', '') }];
  });
}

function bash(script: string, cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      'bash',
      [script],
      { cwd, env, encoding: 'utf8', timeout: 280_000, maxBuffer: 1 << 26 },
      (_error, stdout) => {
        resolve(stdout);
      },
    ).stdin?.end();
  });
}

const isNoCommand = ({ kind }: Step): boolean => kind === 'skipped' || kind === 'needs';

const scriptOf = (steps: readonly Step[], dir: string): string =>
  [
    'exec 2>&1',
    'pids=()',
    `trap 'kill "\${pids[@]}" 2>/dev/null; wait' EXIT`,
    ...steps.filter((each) => !isNoCommand(each)).map((each) => partOf(each, dir)),
    '',
  ].join('\n');

const failed = `trap 'printf "\\003%s ended with %s\\n" "$BASH_COMMAND" "$?"' ERR`;

function partOf({ line, kind, about, text }: Step, dir: string): string {
  const mark = `printf '\\001${String(line)}\\002'`;
  switch (kind) {
    case 'shown':
      return `${mark}\n${text}`;
    case 'background': {
      const log = join(dir, `log-${String(line)}`);
      const start = `(${failed.replace('trap', 'trap - EXIT; trap')}; exec ${text}) > ${log} 2>&1 & pids+=($!)`;
      if (about === '') return `${mark}\n${start}`;
      return `${mark}\n${start}
while kill -0 $! 2> /dev/null && ! grep -qs '${about}' ${log}; do sleep 0.05; done
grep -q '${about}' ${log} || { printf '\\003'; cat ${log}; }`;
    }
    case 'file':
      return `${mark}\n${failed}\ncat > '${about}' <<'END OF FILE'\n${text}END OF FILE\ntrap - ERR`;
    case 'plain':
    case 'setup':
      return `${mark}\n${failed}\n${text.trimEnd()}\ntrap - ERR`;
    case 'skipped':
    case 'needs':
      return '';
    default:
      return kind satisfies never;
  }
}

/** Whether a page shows this output, but for what differs from run to run. */
export function fits(shownOutput: string, output: string): boolean {
  const pattern = comparable(shownOutput)
    .replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll(/^ *…$\n?/gm, '(?:.*\n)*')
    .replaceAll('…', '.*');
  return new RegExp(`^${pattern}$`).test(comparable(output));
}

/** Without ids, digests, times, sizes of results and widths of columns. */
const comparable = (text: string): string =>
  `${text.trimEnd()}\n`
    .replaceAll('\r', '')
    // Only a slow machine waits long enough to say this.
    .replaceAll(/^warning: sending \d+ results? to .*\n/gm, '')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/\b(?=[0-9a-f]*\d)(?:[0-9a-f]{8,12}|[0-9a-f]{64})\b/g, 'HEX')
    .replaceAll(/\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, 'DATE')
    .replaceAll(/\b\d{4}-\d{2}-\d{2}\b/g, 'DAY')
    .replaceAll(/\b\d+(?:\.\d+)? ?(?:µs|ms|s|m|h) ago|just now/g, 'AGO')
    .replaceAll(/\b(?:\d+m )?\d+(?:\.\d+)?(?:µs|ms|s)\b/g, 'TIME')
    .replaceAll(/\b\d+(?:\.\d+)? [kMG]?B(?:\/s)?\b/g, 'SIZE')
    .replaceAll(/ {2,}/g, '  ')
    .replaceAll(/ +$/gm, '');

/** The page with what its commands print now. */
export function updated(page: string, outcomes: readonly Outcome[]): string {
  const lines = page.split('\n');
  for (const { step: each, output } of outcomes.toReversed()) {
    if (each.kind !== 'shown' || output === notRun) continue;
    const after = each.line - 1 + each.text.split('\n').length;
    const old = each.output === '' ? 0 : each.output.split('\n').length;
    const short = output.trimEnd().replaceAll(/\b([0-9a-f]{8})[0-9a-f]{56}\b/g, '$1…');
    lines.splice(after, old, ...(short === '' ? [] : short.split('\n')));
  }
  return lines.join('\n');
}
