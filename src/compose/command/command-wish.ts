import type { CommandSelection } from './gathered-command.ts';

/** A command that is to be run: as it stands on the command line, or in a recipe. */
export interface CommandWish extends Pick<
  CommandSelection,
  'cwd' | 'command' | 'inputs' | 'outputs' | 'declared'
> {
  readonly track: string | undefined;
  /** What flags decide unless the recipe says it. */
  readonly mindsIgnored?: boolean | undefined;
  readonly sandbox?: boolean | undefined;
  readonly network?: boolean | undefined;
  readonly timeoutMs?: number | undefined;
}
