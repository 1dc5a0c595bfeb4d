import { setMaxListeners } from 'node:events';
import { digestsIn } from '../../core/hashing/file-digests.ts';
import { type DigestFile } from '../../core/model/runner/runner-identity.ts';
import type { Runner, RunnerCall } from '../../core/ports/runner.ts';
import { CabError } from '../../core/model/errors.ts';
import { findProgram } from '../process/find-program.ts';
import { commandTemplate, placeholderNames } from './command-template.ts';
import { execVersion, programName, shellVersion, type ProgramVersion } from './program-version.ts';
import { runProgram } from './run-program.ts';
import { plainRunner, withDeclared, type ResolvedOptions } from '../runner-options.ts';
import type { RunnerSpec } from '../runner-spec.ts';

/** `exec:`: a program and its arguments, without a shell. @throws CabError runner_invalid */
export function execRunner(
  { command, cwd }: Extract<RunnerSpec, { form: 'exec' }>,
  options: ResolvedOptions,
): Runner {
  const template = commandTemplate(command);
  return programRunner({
    ...{ cwd, options, name: `exec:${programName(command)}` },
    command: template.tokens[0] ?? '',
    versionOf: (digest) => execVersion(template.tokens, { cwd, env: options.env }, digest),
    argv: template.fill,
    // If the command is told where the artifact goes, its standard output is something else.
    writesArtifact: template.names.has('artifact'),
    needsDatabase: template.names.has('db'),
  });
}

/**
 * `sh:`: a line for /bin/sh. It gets values only through its environment. Nothing is inserted into the line, because
 * no quoting is right everywhere in it. @throws CabError runner_invalid for a line that contains a placeholder
 */
export function shellRunner(
  { line, cwd }: Extract<RunnerSpec, { form: 'sh' }>,
  options: ResolvedOptions,
): Runner {
  const placeholder = new RegExp(`(?<!\\$)\\{(?:${placeholderNames.join('|')})\\}`).exec(line)?.[0];
  if (placeholder !== undefined)
    throw new CabError(
      'runner_invalid',
      `runner sh:${line}: ${placeholder} is not replaced in a shell line`,
      {
        hint: 'Use the environment: "$CAB_FEATURES_PATH", "$CAB_ARTIFACT_PATH", …',
      },
    );
  return programRunner({
    ...{ cwd, options, name: `sh:${programName(line)}` },
    command: '/bin/sh',
    versionOf: (digest) => shellVersion(line, { cwd, env: options.env }, digest),
    argv: () => ['/bin/sh', '-c', line],
    writesArtifact: line.includes('CAB_ARTIFACT_PATH'),
    needsDatabase: line.includes('CAB_DB_PATH'),
  });
}

interface Program {
  readonly name: string;
  readonly cwd: string;
  readonly options: ResolvedOptions;
  /** The program that is started. */
  readonly command: string;
  readonly versionOf: (digest: DigestFile) => Promise<ProgramVersion>;
  readonly argv: (call: RunnerCall) => string[];
  readonly writesArtifact: boolean;
  readonly needsDatabase: boolean;
}

function programRunner(program: Program): Runner {
  const { name, cwd, options, command, argv, writesArtifact } = program;
  let codeFiles: readonly string[] = [];
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const running = new Set<Promise<unknown>>();
  return {
    ...plainRunner,
    async identify(digest = digestsIn()) {
      await refuseMissing(name, command, cwd, options.env['PATH']);
      const { version, files } = await program.versionOf(digest);
      codeFiles = files;
      const schemas = { artifactSchema: null, manifestSchema: null };
      return { name, version, ...schemas, inputFormat: 'bytes' };
    },
    codeFiles: () => codeFiles,
    async accept({ db_path }) {
      if (program.needsDatabase && db_path === null)
        throw new CabError('invalid_request', `db_path: runner ${name} needs a database`, {
          details: { field: 'db_path', runner: name },
        });
    },
    async run(call, context) {
      context.signal.throwIfAborted();
      const { killGraceMs } = options;
      const env = withDeclared(options.env, context.env);
      const start = { runner: name, argv: argv(call), cwd, env, killGraceMs, writesArtifact };
      const run = runProgram(start, call, context, closing.signal);
      running.add(run);
      return run.finally(() => running.delete(run));
    },
    async close() {
      closing.abort(new CabError('runner_failed', `runner ${name}: was closed`));
      await Promise.allSettled(running);
    },
  };
}

/** @throws CabError runner_not_found, runner_invalid for one that may not be executed */
async function refuseMissing(name: string, command: string, cwd: string, path = ''): Promise<void> {
  const found = await findProgram(command, { cwd, path });
  if (found?.isExecutable === true) return;
  if (found !== undefined)
    throw new CabError('runner_invalid', `runner ${name}: ${command} is not executable`, {
      hint: `Make it so: chmod +x ${command}`,
    });
  throw new CabError('runner_not_found', `runner ${name}: there is no program ${command}`);
}
