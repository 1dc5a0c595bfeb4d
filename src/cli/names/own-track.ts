/** Keeps two runners from moving one track, when nobody named it. */
import { basename } from 'node:path';
import type { Broker } from '../../core/engine/broker.ts';
import { trackOf } from '../../core/model/entry/track-pattern.ts';
import { objectOf } from '../../core/model/runner/runner-object.ts';
import type { SubmitRequest } from '../../core/model/request/submit-request.ts';
import { runnerName } from '../../core/model/runner/runner-name.ts';

/**
 * What to say if the track that a file would get by its name holds results of another program; undefined if the file may have it.
 * Another line or version of the same program is not another one: its user improves it.
 */
export async function takenTrack(
  broker: Broker,
  { features_path: path, track_id, untracked }: SubmitRequest,
  runner: string,
): Promise<string | undefined> {
  if (path === undefined || track_id !== undefined || untracked === true) return undefined;
  const track = trackOf('{stem}', path);
  const { jobs } = await broker.jobs({ track, limit: 1 });
  const other = jobs[0]?.runner;
  if (other === undefined || isOfProgram(other) || programOf(other) === programOf(runner))
    return undefined;
  return `note: ${path} has no track, because ${JSON.stringify(track)} has results of ${runnerName(other)}; name one with --track, or ${JSON.stringify(track)} itself`;
}

/** An object of an embedding program, which no command can name. */
const isOfProgram = (runner: string): boolean => objectOf(runner) !== null;

/** `exec:sort` of `exec:sort -r {input}`, `exec:python3 a.py` of its line, `run.mjs` of any path to it. */
function programOf(runner: string): string {
  const [first = '', ...words] = runnerName(runner).split(/\s+/);
  if (/^[.@]?\//.test(first)) return basename(first);
  const script = interpreter.test(first) ? words.find((word) => !word.startsWith('-')) : undefined;
  return script === undefined ? first : `${first} ${script}`;
}

/** Programs whose first word says little: the script that they run is the program. */
const interpreter =
  /^(?:exec|sh):(?:\S*\/)?(?:python|node|deno|bun|ruby|perl|php|bash|sh|Rscript|java)[\d.]*$/;
