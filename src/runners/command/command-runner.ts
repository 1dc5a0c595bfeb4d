/**
 * Runs a command in the user's own folder, once for what it reads and is told, and keeps what it makes and writes.
 * One runner serves one call of cab: it holds what is no part of a key (where the project lies, the whole environment).
 */
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  commandConfigurationSchema,
  type CommandConfiguration,
} from '../../core/model/command/command-configuration.ts';
import { CabError } from '../../core/model/errors.ts';
import { runFiles, type RunRecord } from '../../core/model/command/run-record.ts';
import type { Runner, RunnerCall, RunnerContext, RunnerResult } from '../../core/ports/runner.ts';
import { leftText } from '../../support/process/left-running.ts';
import { processEnd, runnerError } from '../runner-failure.ts';
import { runToEnd } from '../process/run-to-end.ts';
import { CommandLog, type OnOutput } from './command-log.ts';
import {
  ofUnknownOrigin,
  refuseChanged,
  refuseNew,
  unknownOverlap,
  type Evidence,
} from './evidence.ts';
import { commandRunnerName, commandTraits } from './command-traits.ts';
import { childrenMs } from './processor-time.ts';
import { madeOutputs } from './outputs/outputs.ts';
import type { Project } from './project.ts';
import { sandboxed, sandboxProject, undeclared, type SandboxOptions } from './sandbox.ts';

export interface CommandRunnerOptions extends Evidence {
  readonly project: Project;
  /** What the command reads on standard input; undefined: nothing. */
  readonly stdin: Uint8Array | undefined;
  /** What it gets. */
  readonly env: NodeJS.ProcessEnv;
  readonly killGraceMs: number;
  /** Takes what the command writes, as it comes. */
  readonly onOutput: OnOutput;
  /** Undefined: the command runs in the user's own folder. */
  readonly sandbox: Pick<SandboxOptions, 'program' | 'home' | 'network'> | undefined;
}

export function commandRunner(options: CommandRunnerOptions): Runner {
  const closing = new AbortController();
  return {
    ...commandTraits,
    run: (call, context) => runCommand(options, call, context, closing.signal),
    async close() {
      closing.abort(new CabError('runner_failed', 'the command was ended'));
    },
  };
}

/** The words that are started. */
export const wordsOf = ({ argv, line }: CommandConfiguration): readonly string[] =>
  argv ?? ['/bin/sh', '-c', line ?? ''];

async function runCommand(
  options: CommandRunnerOptions,
  call: RunnerCall,
  context: RunnerContext,
  closing: AbortSignal,
): Promise<RunnerResult> {
  const { project, sandbox } = options;
  const configuration = commandConfigurationSchema.parse(call.probe_kwargs);
  await refuseChanged(options, 'before the command began', context.signal);
  // A sandboxed command sees neither what matches an output nor what appears meanwhile.
  const unknown = sandbox === undefined ? await unknownOverlap(options, context.signal) : undefined;
  const log = new CommandLog(
    join(dirname(call.artifact_path), runFiles.log),
    options.onOutput,
    context.log,
  );
  const began = performance.now();
  const cpuBefore = childrenMs();
  try {
    await runWords(options, configuration, call, context, closing, log);
  } finally {
    await log.close();
  }
  const wall_ms = Math.round(performance.now() - began);
  const cpu_ms = Math.max(0, childrenMs() - cpuBefore);
  await refuseChanged(options, 'while the command ran', context.signal);
  if (unknown !== undefined) throw ofUnknownOrigin(unknown);
  if (sandbox === undefined) await refuseNew(options);
  const { files, paths, folders } = await madeOutputs(
    sandbox === undefined
      ? project
      : // The attempt lies in the store, whose files are no outputs elsewhere.
        { ...project, root: sandboxProject(call.out_root), passedOver: [] },
    configuration.outputs,
  );
  const record: RunRecord = {
    ...{ schema_id: 'cab_run.v1', exit_code: 0, wall_ms, cpu_ms },
    ...{ log: log.pieces, outputs: [...paths], folders: [...folders] },
  };
  writeFileSync(call.artifact_path, `${JSON.stringify(record)}\n`);
  const inputs = options.inputs.map(({ item }) => item);
  writeFileSync(call.manifest_path, JSON.stringify({ inputs }));
  return { artifact: call.artifact_path, manifest: call.manifest_path, files };
}

/** Throws a CabError unless it ended with exit code 0. */
async function runWords(
  options: CommandRunnerOptions,
  configuration: CommandConfiguration,
  call: RunnerCall,
  context: RunnerContext,
  closing: AbortSignal,
  log: CommandLog,
): Promise<void> {
  const { project, inputs, programs, env, killGraceMs, stdin } = options;
  const words = wordsOf(configuration);
  const stops = [context.signal, closing, log.failed];
  const { status, left } = await runToEnd({
    ...{ runner: commandRunnerName, killGraceMs, env, stops, outRoot: call.out_root },
    argv:
      options.sandbox === undefined
        ? words
        : sandboxed(words, call.out_root, {
            ...{ project, inputs, programs, outputs: configuration.outputs, ...options.sandbox },
          }),
    cwd: join(project.root, configuration.cwd),
    stdio: [stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    ...(stdin !== undefined && { input: stdin }),
    onStarted: ({ child }) => {
      log.follow(child.stdout, 'stdout');
      log.follow(child.stderr, 'stderr');
    },
  });
  context.signal.throwIfAborted();
  if (left !== undefined) {
    context.log('stderr', leftText(left));
    context.leftRunning?.(left);
  }
  if (status?.code === 0) return;
  const isOurs = stops.some(({ aborted }) => aborted);
  const end = processEnd(status?.code, status?.signal, isOurs);
  throw runnerError(commandRunnerName, { ...end, ...hintOf(options, log) }, log.lastLines());
}

/** A sandboxed command may have asked for what it was not shown. */
function hintOf({ sandbox, project, inputs }: CommandRunnerOptions, log: CommandLog) {
  if (sandbox === undefined) return {};
  const missed = undeclared(log.lastLines(), project, inputs, existsSync);
  if (missed.length === 0) return {};
  const named = missed.map((path) => `-i ${path}`).join(' ');
  return {
    hint: `The sandbox shows declared inputs alone. In the project, and not declared: ${named}`,
  };
}
