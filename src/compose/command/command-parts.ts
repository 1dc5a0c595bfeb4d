/** From what the user named to a job: its configuration, its request, and the broker that takes it. */
import { LocalBroker } from '../../core/engine/local-broker.ts';
import type { Broker } from '../../core/engine/broker.ts';
import type { digestsIn } from '../../core/hashing/file-digests.ts';
import { sha256 } from '../../core/hashing/digest.ts';
import { canonicalJson } from '../../core/hashing/json/canonical-json.ts';
import type { CommandConfiguration } from '../../core/model/command/command-configuration.ts';
import { CabError } from '../../core/model/errors.ts';
import type { InputsDocument } from '../../core/model/command/inputs-document.ts';
import type { JsonObject } from '../../core/model/job/job.ts';
import { objectOfSubmitter, objectSpec } from '../../core/model/job/runner-object.ts';
import type { Manifest } from '../../core/model/entry/manifest.ts';
import type { SubmitRequest } from '../../core/model/job/submit-request.ts';
import type { Stores } from '../../core/ports/stores.ts';
import { commandRunner, wordsOf } from '../../runners/command/command-runner.ts';
import type { OnOutput } from '../../runners/command/command-log.ts';
import type { DigestedFile } from '../../runners/command/digest-inputs.ts';
import type { CommandEnvironment } from '../../runners/command/environment.ts';
import { pathInProject, type Project } from '../../runners/command/project.ts';
import { programsOf, type FoundProgram } from '../../runners/command/programs.ts';
import type { Selected } from '../../runners/command/select-inputs.ts';
import { defaults } from '../defaults.ts';

export interface CachedCommandOptions {
  /** Of the store. Absolute. */
  readonly root: string;
  /** Where the command runs; its project is found from there. */
  readonly cwd: string;
  /** The words of the command; or one line for the shell. */
  readonly command: { readonly argv: readonly string[] } | { readonly line: string };
  /** As the user named them, relative to the working directory. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** `NAME` or `NAME=VALUE`. */
  readonly declared: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly passesAll: boolean;
  readonly mindsIgnored: boolean;
  readonly outside: boolean;
  readonly stdin: Uint8Array | undefined;
  readonly track: string | undefined;
  readonly force: boolean;
  readonly timeoutMs: number | null;
  readonly graceMs: number;
  readonly leaseMs: number;
  readonly manifestName: string;
  readonly version: string;
  readonly onOutput: OnOutput;
  /** The command sees its inputs and the system alone; `network`: and the network. */
  readonly sandbox: { readonly network: boolean } | undefined;
}

export interface CommandParts {
  readonly project: Project;
  readonly options: CachedCommandOptions;
  readonly stores: Stores;
  readonly configuration: CommandConfiguration;
  readonly inputs: readonly DigestedFile[];
  readonly environment: CommandEnvironment;
  /** What the inputs are now, by the same names. */
  readonly reselect: () => Promise<Selected>;
  readonly overlaps: Selected['overlaps'];
  readonly programs: readonly FoundProgram[];
  /** The program that makes sandboxes; empty if none is wanted. */
  readonly sandbox: string;
}

export const namesOf = ({ manifestName }: CachedCommandOptions) => ({
  artifactName: null,
  manifestName,
});

export async function configurationOf(
  { command }: CachedCommandOptions,
  project: Project,
  outputs: string[],
  { keyed, passed }: CommandEnvironment,
  digest: ReturnType<typeof digestsIn>,
): Promise<{ configuration: CommandConfiguration; programs: FoundProgram[] }> {
  const parts = {
    ...('argv' in command ? { argv: [...command.argv] } : { line: command.line }),
    cwd: pathInProject(project, project.cwd, 'the working directory'),
    ...{ env: { ...keyed }, outputs, platform: process.platform, arch: process.arch },
  };
  const [program = ''] = wordsOf({ ...parts, programs: [] });
  const search = { cwd: project.cwd, path: passed['PATH'], digest };
  const found = await programsOf(program, search);
  const programs = found.map(({ name, sha256 }) => ({ name, sha256 }));
  return { configuration: { ...parts, programs }, programs: found };
}

export function brokerOf(
  parts: CommandParts,
  { passed }: CommandEnvironment,
  earlier: () => Promise<Manifest | undefined>,
): Broker {
  const { options, project, stores, inputs, programs, reselect, overlaps } = parts;
  const { stdin, graceMs, onOutput, sandbox, env } = options;
  const runner = commandRunner({
    ...{ project, inputs, programs, reselect, overlaps, earlier },
    ...{ stdin, env: passed, killGraceMs: graceMs, onOutput },
    sandbox: sandbox && { ...sandbox, program: parts.sandbox, home: env['HOME'] },
  });
  return new LocalBroker({
    stores,
    runner: objectSpec(objectOfSubmitter),
    objects: { [objectOfSubmitter]: runner },
    resolveRunner: (spec) => {
      throw new CabError('runner_not_found', `${spec} is no command`);
    },
    ...namesOf(options),
    ...{ work: 'own', concurrency: 1, leaseMs: options.leaseMs, graceMs, killGraceMs: graceMs },
    ...{ timeoutMs: options.timeoutMs, maxAttempts: 1, outsideRetries: 0 },
    ...{ queueLimit: defaults.queueLimit, cwd: project.cwd, version: options.version },
  });
}

export function requestOf({ options, configuration, inputs }: CommandParts): SubmitRequest {
  const { stdin, track, force } = options;
  const document: InputsDocument = {
    inputs: inputs.map(({ item }) => item),
    ...(stdin !== undefined && { stdin: { sha256: sha256(stdin), size: stdin.length } }),
  };
  return {
    features_text: canonicalText(document),
    probe: plain(configuration),
    track_id: track ?? trackOf(configuration),
    force,
  };
}

const canonicalText = (value: unknown): string =>
  canonicalJson(Buffer.from(JSON.stringify(value))).toString();

const plain = (configuration: CommandConfiguration): JsonObject =>
  JSON.parse(JSON.stringify(configuration)) as JsonObject;

/** The words that people know it by, and what tells it from other commands that begin alike. */
function trackOf({ argv, line, cwd, outputs }: CommandConfiguration): string {
  const words = (argv?.join(' ') ?? line ?? '').replace(/\s+/g, ' ').trim();
  const shown = words.length > 60 ? `${words.slice(0, 59)}…` : words;
  const digest = sha256(canonicalText({ argv, line, cwd, outputs }));
  return `run ${shown.toWellFormed()} (${digest.slice(0, 8)})`;
}
