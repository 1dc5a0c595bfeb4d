import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import type { Candidate, Place } from '../cli/completion/candidate.ts';
import { namesOf } from '../cli/completion/names.ts';
import { rootFlagsIn } from '../cli/completion/place.ts';
import { filesLine, scripts, shells } from '../cli/completion/scripts.ts';
import { daemon, listOf, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { isCabError } from '../core/model/errors.ts';

export default class Completion extends BaseCommand {
  static override summary =
    'Print the completion of a shell: commands, flags, tracks, jobs, states';
  static override description = `Put the line of your shell into its start file:

  bash  ~/.bashrc: source <(cab completion bash)
  zsh   ~/.zshrc, after compinit: source <(cab completion zsh)
  fish  ~/.config/fish/config.fish: cab completion fish | source

Tracks and jobs are those of the root, or of its daemon. With words after --, as the completion calls it, it prints what may stand in place of the last word, one a line, with a tab and a few words on it.`;
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion fish | source',
    "<%= config.bin %> completion bash -- get ''",
  ];
  static override exitCodes = [0, 2] as const;
  static override args = {
    shell: Args.string({
      description: shells.join(', '),
      options: [...shells],
      required: true,
      ignoreStdin: true,
    }),
    words: Args.string({
      description: 'the words of a command line',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(store, daemon, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    this.argv.unshift(...rootFlagsIn(this.argv.slice(this.argv.indexOf('--') + 1)));
    const { shell, words } = await this.read(Completion.args);
    if (words !== undefined) await this.#answer(words);
    else for (const one of shells) if (one === shell) await this.write(scripts[one]);
    return 0 as const;
  }

  async #answer(words: readonly string[]): Promise<void> {
    const place = await this.services.placeOf(words);
    const current = words.at(-1) ?? '';
    const candidates = [...place.candidates, ...(await this.#names(place))];
    const fitting = candidates.filter(({ word }) => word.startsWith(current));
    const lines = fitting.map(({ word, text }) => `${word}\t${text}`);
    if (place.names.includes('file')) lines.push(filesLine);
    if (lines.length > 0) await this.write(`${lines.join('\n')}\n`);
  }

  async #names({ names, before }: Place): Promise<readonly Candidate[]> {
    const wanted = names.filter((kind) => kind !== 'file');
    if (wanted.length === 0) return [];
    const kinds = this.settings.recipes.keys();
    try {
      const found = await this.withBroker('looking', (broker) =>
        namesOf(wanted, { broker, kinds }),
      );
      return found.map(({ word, text }) => ({ word: `${before}${word}`, text }));
    } catch (error) {
      // A prompt is no place for errors: without a root or a daemon there are no names.
      if (isCabError(error)) return [];
      throw error;
    }
  }
}
