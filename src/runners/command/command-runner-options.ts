import type { Manifest } from '../../core/model/entry/manifest.ts';
import type { OnOutput } from './command-log.ts';
import type { DigestedFile } from './digest-inputs.ts';
import type { FoundProgram } from './programs.ts';
import type { Project } from './project.ts';
import type { SandboxOptions } from './sandbox.ts';
import type { Selected } from './select-inputs.ts';

/** What one call of `cab run` knows of its command, and no key holds. */
export interface CommandRunnerOptions {
  readonly project: Project;
  readonly inputs: readonly DigestedFile[];
  readonly programs: readonly FoundProgram[];
  /** What the inputs are now, by the same names. */
  readonly reselect: () => Promise<Selected>;
  readonly overlaps: Selected['overlaps'];
  /** Of the run before, as it was kept. */
  readonly earlier: () => Promise<Manifest | undefined>;
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
