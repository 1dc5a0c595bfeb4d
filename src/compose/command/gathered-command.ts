/** What a command is made of, found and hashed: its programs, inputs, outputs and variables. */
import type { DigestMemory } from '../../core/model/request/digest-memory.ts';
import { digestsIn } from '../../core/hashing/file-digests.ts';
import { sha256 } from '../../core/hashing/digest.ts';
import { canonicalJson } from '../../core/hashing/json/canonical-json.ts';
import type { CommandConfiguration } from '../../core/model/command/command-configuration.ts';
import type { InputsDocument } from '../../core/model/command/inputs-document.ts';
import { wordsOf } from '../../runners/command/command-runner.ts';
import { digestInputs, type DigestedFile } from '../../runners/command/inputs/digest-inputs.ts';
import { commandEnvironment, type CommandEnvironment } from '../../runners/command/environment.ts';
import { outputKinds, outputsInProject } from '../../runners/command/outputs/outputs.ts';
import { findProject, pathInProject, type Project } from '../../runners/command/project.ts';
import { programsOf, type FoundProgram } from '../../runners/command/programs.ts';
import { selectInputs, type Selected } from '../../runners/command/inputs/select-inputs.ts';

/** As the user named it. */
export interface CommandSelection {
  /** Where the command runs; its project is found from there. */
  readonly cwd: string;
  /** The words of the command; or one line for the shell. */
  readonly command: { readonly argv: readonly string[] } | { readonly line: string };
  /** Relative to the working directory. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** `NAME` or `NAME=VALUE`. */
  readonly declared: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly passesAll: boolean;
  readonly mindsIgnored: boolean;
  readonly outside: boolean;
}

export interface GatheredCommand {
  readonly project: Project;
  readonly environment: CommandEnvironment;
  readonly configuration: CommandConfiguration;
  readonly programs: readonly FoundProgram[];
  readonly inputs: readonly DigestedFile[];
  readonly overlaps: Selected['overlaps'];
  /** What the inputs are now, by the same names. */
  readonly reselect: () => Promise<Selected>;
}

export interface GatherOptions {
  /** Directories that hold no input, whatever a pattern says: the store. */
  readonly passedOver: readonly string[];
  /** Gives the memory of digests, for so many inputs. */
  readonly memory: (inputs: number) => Promise<DigestMemory | undefined>;
  readonly signal: AbortSignal;
}

/** @throws CabError usage, input_not_found, input_unreadable, input_changed, runner_not_found, runner_invalid; the signal's reason */
export async function gatherCommand(
  selection: CommandSelection,
  { passedOver, memory, signal }: GatherOptions,
): Promise<GatheredCommand> {
  const { cwd, env, declared, passesAll: all, inputs: named, mindsIgnored, outside } = selection;
  const project = findProject(cwd, passedOver);
  const outputs = outputsInProject(project, selection.outputs);
  const environment = commandEnvironment({ env, declared, all });
  const outputKind = outputKinds(outputs);
  const reselect = () => selectInputs(project, { named, mindsIgnored, outside, outputKind });
  const { inputs: selected, overlaps } = await reselect();
  const remembers = await memory(selected.length);
  const found = await configurationOf(selection, project, outputs, environment, remembers);
  const inputs = await digestInputs(selected, remembers, signal);
  return { project, environment, inputs, overlaps, reselect, ...found };
}

async function configurationOf(
  { command }: CommandSelection,
  project: Project,
  outputs: string[],
  { keyed, passed }: CommandEnvironment,
  memory: DigestMemory | undefined,
): Promise<Pick<GatheredCommand, 'configuration' | 'programs'>> {
  const parts = {
    ...('argv' in command ? { argv: [...command.argv] } : { line: command.line }),
    cwd: pathInProject(project, project.cwd, 'the working directory'),
    ...{ env: { ...keyed }, outputs, platform: process.platform, arch: process.arch },
  };
  const [program = ''] = wordsOf({ ...parts, programs: [] });
  const digest = digestsIn(memory);
  const found = await programsOf(program, { cwd: project.cwd, path: passed['PATH'], digest });
  const programs = found.map(({ name, sha256 }) => ({ name, sha256 }));
  return { configuration: { ...parts, programs }, programs: found };
}

/** Inputs that are hashed again sooner than a job store is opened for what it remembers of them. */
export const fewFiles = 1000;

/** The inputs document of the command, as text. */
export function inputsText(inputs: readonly DigestedFile[], stdin?: Uint8Array): string {
  const document: InputsDocument = {
    inputs: inputs.map(({ item }) => item),
    ...(stdin !== undefined && { stdin: { sha256: sha256(stdin), size: stdin.length } }),
  };
  return canonicalText(document);
}

export const canonicalText = (value: unknown): string =>
  canonicalJson(Buffer.from(JSON.stringify(value))).toString();
