import { readFile, writeFile } from 'node:fs/promises';
import { machineLine, rowsOf } from './report.js';
import { format, resolveConfig } from 'prettier';

const begin = '<!-- Written by npm run bench -- --markdown -->';
const end = '<!-- end of what the bench wrote -->';

/** Puts the run's table between the two marks of the document. */
export async function writeDocument(path, run) {
  const text = await readFile(path, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${path} lacks the marks ${begin} and ${end}`);
  const whole = `${text.slice(0, from)}${begin}\n\n${tableOf(run)}\n${text.slice(to)}`;
  await writeFile(
    path,
    await format(whole, { ...(await resolveConfig(path)), parser: 'markdown' }),
  );
}

function tableOf(run) {
  const head = ['', 'measured', 'peer', 'ratio', 'goal', '', 'bounded by'];
  const rows = rowsOf(run).map((row, at, all) => cellsOf(row, all[at - 1]));
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const notes = run.points.flatMap((point) => point.notes ?? []).map((note) => `- ${note}\n`);
  const when = `${run.at.slice(0, 10)}. ${machineLine(run.machine)}`;
  return `${when}\n\n${lines.join('\n')}\n\n${notes.join('')}`;
}

/** What the row before has said of the same point is not said again. */
function cellsOf(row, before) {
  const { measured, peer = '', ratio = '', goal = '', met, bound = '' } = row;
  const isFirst = row.point !== before?.point;
  const verdict = met === undefined ? '' : met ? 'met' : '**missed**';
  const bounded = !isFirst && bound === before.bound ? '' : bound;
  return [
    labelOf(row, isFirst ? undefined : before),
    measured,
    peer,
    ratio,
    goal,
    verdict,
    bounded,
  ].map((cell) => cell.replaceAll('|', '\\|'));
}

function labelOf({ point, what, subject }, before) {
  const of = subject === undefined || subject === 'cab' ? '' : subject;
  if (before === undefined) {
    const about = what === undefined ? `\`${point}\`` : `\`${point}\`: ${what}`;
    return of === '' ? about : `${about}; ${of}`;
  }
  const said = what === before.what ? [] : [what];
  return ['…', [...said, of].filter((part) => part !== '').join('; ')].join(' ').trimEnd();
}
