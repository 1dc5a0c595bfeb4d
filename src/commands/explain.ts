import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import {
  daemon,
  explain,
  job,
  listOf,
  output,
  runner,
  store,
  upstream,
} from '../cli/settings/flags.ts';
import { checkTrack, findInputs } from '../cli/jobs/inputs.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { submitRequest, wantedTrack } from '../cli/jobs/submit-request.ts';
import { CabError } from '../core/model/errors.ts';
import { explanationText } from '../cli/terminal/documents/explanation.ts';

export default class Explain extends BaseCommand {
  static override summary = 'Say whether a submission would be a hit or a miss, and why';
  static override description = `Takes the flags of cab submit, or those of cab run with a command after --. Shows the key and what it is made of. For a miss it shows the closest entry of the same input, and the fields that differ. It compares 10,000 configurations of the root and the 1000 entries of the input that were used last, and says so if there are more. Runs nothing and changes nothing. With --exit-code a miss ends with 1.`;
  static override examples = [
    '<%= config.bin %> explain song.json --db spine.db',
    '<%= config.bin %> explain song.json --probe top_k=20 --json | jq .hit',
    '<%= config.bin %> explain song.json --exit-code >/dev/null && echo "nothing to do"',
    '<%= config.bin %> explain -i src -o app -- make app',
  ];
  static override completes = ['file'] as const;
  static override exitCodes = [0, 1, 2, 4, 6] as const;
  static override args = {
    file: Args.string({
      description: 'an input file, or - for standard input',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(explain, job, runner, store, daemon, upstream, output);
  static override flags = oclifFlags(this.settings);

  override async run(): Promise<0 | 1> {
    const { file } = await this.read(Explain.args);
    const [input, ...more] = await findInputs([file], this.services, this.storePlaces());
    if (input === undefined || more.length > 0)
      throw new CabError('usage', `${file} names ${more.length + 1} files`, {
        hint: 'Name one of them.',
      });
    if ('error' in input) throw input.error;
    checkTrack(wantedTrack(this.settings) ?? undefined, [input]);
    const explanation = await this.withBroker('accepting', (broker, signal) =>
      broker.explain(submitRequest(input, this.settings, this.services), { signal }),
    );
    this.output(explanation, (style) => explanationText(style, explanation));
    return !explanation.hit && this.settings.get(explain.exit_code) ? 1 : 0;
  }
}
