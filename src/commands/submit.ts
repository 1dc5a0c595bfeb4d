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
  upstream,
} from '../cli/settings/flags.ts';
import {
  checkTrack,
  findInputs,
  sharedTrack,
  type Input,
  type NoInput,
} from '../cli/jobs/inputs.ts';
import { takenTrack } from '../cli/names/own-track.ts';
import { JobCommand } from '../cli/jobs/job-command.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { submitRequest, wantedTrack } from '../cli/jobs/submit-request.ts';
import { CabError } from '../core/model/errors.ts';
import type { Broker } from '../core/engine/broker.ts';
import type { JobDocument } from '../core/model/job/job-document.ts';

export default class Submit extends JobCommand {
  static override summary = 'Submit input files as jobs, and run them to the end';
  static override description = `Prints the id of each job on a line, in the order of the files. Once an id is printed the job is on disk, and no crash loses it. With --wait the line has columns: id, status, and the path of the artifact or the code of the error.

--runner names the program that does the work. Without it the built-in runner does, which takes features files and a database (--db).

Without --track, the track is the name of the file without its last suffix (song for a/song.json); standard input has none. Files with the same name then share a track, and a warning says so: use a pattern such as --track "{dir}/{name}". With --no-track a job has no track.

A file that is refused does not stop the others. The exit code is that of the first failure.

The command runs the jobs that it submitted. Ctrl-C cancels them, unless another job waits for the result; with --keep they stay in the queue. A second Ctrl-C kills what runs. Jobs that --enqueue, --keep or a killed command left in the queue are run by a daemon (cab serve), or by a command with --adopt after its own.`;
  static override examples = [
    '<%= config.bin %> submit notes.txt --runner "exec:wc -w {input}" --track words --wait',
    '<%= config.bin %> submit song.json --db spine.db',
    '<%= config.bin %> submit "songs/*.json" --track "{stem}" --probe top_k=20',
    '$ cat song.json | <%= config.bin %> submit - --track demo --wait',
    '$ read -r id status artifact < <(<%= config.bin %> submit song.json --wait)',
    '<%= config.bin %> submit songs/*.json --enqueue --priority -5',
    '<%= config.bin %> submit --job thumb photos/*.jpg',
  ];
  static override completes = ['file'] as const;
  static override exitCodes = [0, 1, 2, 4, 5, 6, 130] as const;
  static override args = {
    files: Args.string({
      description: 'input files, patterns, or - for standard input; may be left out with --adopt',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(
    ...[job, after, runner, engine, store, daemon, upstream, { quiet }, output],
  );
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { files = [] } = await this.read(Submit.args);
    const kind = this.settings.get(job.job);
    if (files.length === 0 && kind !== undefined)
      return this.runOrders((broker) => [{ name: kind, accept: () => this.#accept(broker) }]);
    if (files.length === 0 && !this.settings.get(after.adopt))
      throw new CabError('usage', 'no file is named', {
        hint: 'Name input files, a pattern, or - for standard input: cab submit --help',
      });
    const inputs = await findInputs(files, this.services, this.storePlaces());
    const track = wantedTrack(this.settings);
    checkTrack(track ?? undefined, inputs);
    const hasOwnTracks = kind !== undefined && track === undefined;
    const warning = track === null || hasOwnTracks ? undefined : sharedTrack(track, inputs);
    if (warning !== undefined) this.say(warning);
    return this.runOrders((broker, isRemote) => {
      if (!isRemote) this.#tellNeeds();
      const own = this.#ownRunner(isRemote);
      return inputs.map((input) => ({
        name: input.name,
        accept: () => this.#accept(broker, input, own),
      }));
    });
  }

  /** Says what the jobs wait for if this command cannot run them. */
  #tellNeeds(): void {
    const labels = this.settings.get(engine.label);
    const lacking = this.settings.get(job.needs).filter((label) => !labels.includes(label));
    if (lacking.length > 0 && !this.settings.get(after.enqueue))
      this.say(`note: the jobs wait for a worker with --label ${lacking.join(' --label ')}`);
  }

  /** The runner of these jobs; undefined if a daemon or their kind chooses it. */
  #ownRunner(isRemote: boolean): string | undefined {
    const isChosen = isRemote && this.settings.source(runner.runner) === 'default';
    const isOfKind = this.settings.get(job.job) !== undefined;
    const isNamed = this.settings.get(daemon.url) !== undefined;
    return isChosen || isOfKind || isNamed ? undefined : this.settings.get(runner.runner);
  }

  /** @param input undefined for a kind of job that is about no file */
  async #accept(broker: Broker, input?: Input | NoInput, own?: string): Promise<JobDocument> {
    if (input !== undefined && 'error' in input) throw input.error;
    const signal = this.services.interruption();
    const request = submitRequest(input, this.settings, this.services);
    const note = own === undefined ? undefined : await takenTrack(broker, request, own);
    if (note === undefined) return broker.submit(request, { signal });
    const accepted = await broker.submit({ ...request, untracked: true }, { signal });
    this.say(note);
    return accepted;
  }
}
