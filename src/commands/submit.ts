import * as Args from '@oclif/core/args';
import {
  after,
  daemon,
  engine,
  job,
  listOf,
  output,
  quiet,
  runner,
  store,
} from '../cli/settings/flags.ts';
import {
  checkTrack,
  findInputs,
  sharedTrack,
  type Input,
  type NoInput,
} from '../cli/jobs/inputs.ts';
import { JobCommand } from '../cli/jobs/job-command.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { submitRequest, wantedTrack } from '../cli/jobs/submit-request.ts';
import { CabError } from '../core/model/errors.ts';
import type { Broker } from '../core/engine/broker.ts';
import type { JobDocument } from '../core/model/job/job-document.ts';

export default class Submit extends JobCommand {
  static override summary = 'Submit features files, and run them to the end';
  static override description = `Prints the id of each job on a line of its own, in the order of the files. With --wait a line tells how the job ended, in columns that stay: id, status, and the path of the artifact or the code of the error.

Without --track the track of a file is its stem, the name without its last suffix (song of a/song.json), and standard input has none. Files of one stem share a track then, and a warning says so; a pattern tells them apart, such as --track "{dir}/{name}". With --no-track a job has none.

A file that is refused does not hold up the others; the exit code is that of the first failure. Once an id is printed the job is on disk, and no crash loses it.

Runs the jobs that it submitted, and no others. Ctrl-C cancels them, unless another job waits for the result; with --keep they stay in the queue. What --enqueue and commands that were killed, stopped or told to --keep left there is run by a daemon (cab serve), or by a command with --adopt, after its own jobs. A second Ctrl-C kills what runs and leaves at once.`;
  static override examples = [
    '<%= config.bin %> submit song.json --db spine.db',
    '<%= config.bin %> submit "songs/*.json" --track "{stem}" --probe top_k=20',
    '$ cat song.json | <%= config.bin %> submit - --track demo --wait',
    '$ read -r id status artifact < <(<%= config.bin %> submit song.json --wait)',
    '<%= config.bin %> submit songs/*.json --enqueue --priority -5',
    '<%= config.bin %> submit --job thumb photos/*.jpg',
  ];
  static override exitCodes = [0, 1, 2, 4, 5, 6, 130] as const;
  static override args = {
    files: Args.string({
      description:
        'features files, patterns, or - for standard input; may be left out with --adopt',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(job, after, runner, engine, store, daemon, { quiet }, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { files = [] } = await this.read(Submit.args);
    const kind = this.settings.get(job.job);
    if (files.length === 0 && kind !== undefined)
      return this.runOrders((broker) => [{ name: kind, accept: () => this.#accept(broker) }]);
    if (files.length === 0 && !this.settings.get(after.adopt))
      throw new CabError('usage', 'no file is named', {
        hint: 'Name features files, a pattern, or - for standard input: cab submit --help',
      });
    const inputs = await findInputs(files, this.services, this.storePlaces());
    const track = wantedTrack(this.settings);
    checkTrack(track ?? undefined, inputs);
    const hasOwnTracks = kind !== undefined && track === undefined;
    const warning = track === null || hasOwnTracks ? undefined : sharedTrack(track, inputs);
    if (warning !== undefined) this.say(warning);
    return this.runOrders((broker) =>
      inputs.map((input) => ({ name: input.name, accept: () => this.#accept(broker, input) })),
    );
  }

  /** @param input undefined for a kind of job that is about no file */
  async #accept(broker: Broker, input?: Input | NoInput): Promise<JobDocument> {
    if (input !== undefined && 'error' in input) throw input.error;
    const signal = this.services.interruption();
    return broker.submit(submitRequest(input, this.settings, this.services), { signal });
  }
}
