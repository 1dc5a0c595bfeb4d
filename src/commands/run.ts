import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { exitCodeOfFault } from '../cli/run/exit-code.ts';
import { foretell } from '../cli/run/foretell.ts';

import { openCommand, type CommandWish, type OpenedCommand } from '../cli/run/open-command.ts';
import { runCommand } from '../cli/run/run-command.ts';
import { passOn } from '../cli/run/standard-streams.ts';
import { wishesOf } from '../cli/run/wishes.ts';
import { splitWords } from '../cli/run/words.ts';
import {
  engine,
  explain,
  job,
  listOf,
  output,
  run,
  store,
  upstream,
} from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { flagOf } from '../cli/settings/setting.ts';
import { CabError } from '../core/model/errors.ts';

export default class Run extends BaseCommand {
  static override summary = 'Run any command once, and bring its result back the next time';
  static override description = `The first time, the command runs, and cab keeps its outputs, its stdout and stderr and its exit code. The next time they are there at once, and the command does not run. Name what the command reads with -i, what it makes with -o, and variables with -e.

The key holds the words of the command, its programs by content, the inputs by content, the variables of -e, and LANG, LC_* and TZ. The command gets these variables and PATH, HOME, USER, TERM and TMPDIR, and no others. What the command reads and you do not name is not in the key.

Inputs and outputs are relative to the working directory, and lie in the project: the folder above that holds cab.config.json or .git. In an input folder, files that .gitignore excludes do not count, nor do the outputs.

A command that fails is not kept, and its exit code is that of cab. 125 is a fault of cab, 126 a program that may not be executed, 127 a program that does not exist. The last line on stderr says whether it was a hit, and if not, why.`;
  static override examples = [
    "<%= config.bin %> run -i 'src/**/*.c' -i include -e CC -o app -- make app",
    '<%= config.bin %> run -i data.csv -o report.html -- ./report.py data.csv',
    "<%= config.bin %> run -i src -o build --shell -- 'tsc && cp -r assets build'",
    '<%= config.bin %> run --dry-run -i src -o app -- make app',
    '<%= config.bin %> run thumb photos/*.jpg',
  ];
  static override completes = ['kind', 'file'] as const;
  static override exitCodes = [0, 1, 125, 126, 127, 130] as const;
  static override args = {
    recipe: Args.string({
      description: 'a recipe of cab.config.json, and the files for it',
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(
    run,
    explain,
    { timeout: job.timeout, kill_grace: engine.kill_grace, lease: engine.lease },
    { cas_root: store.cas_root, manifest_name: store.manifest_name },
    upstream,
    output,
  );
  static override flags = oclifFlags(this.settings);

  override async execute(): Promise<number> {
    try {
      return await this.run();
    } catch (error) {
      const { report } = await import('../cli/report.ts');
      report(error, this.reporting);
      return exitCodeOfFault(error);
    }
  }

  override async run(): Promise<number> {
    const { own, command } = splitWords(this.argv);
    this.argv = own;
    const { recipe: operands = [] } = await this.read(Run.args);
    const { settings, services } = this;
    this.#refuseIdle();
    let exitCode = 0;
    for (const wish of wishesOf({ operands, command }, settings, services.cwd)) {
      const ended = await (settings.get(run.learn) ? this.#learn(wish) : this.#one(wish));
      if (exitCode === 0) exitCode = ended;
    }
    return exitCode;
  }

  /** A flag that does nothing without another is a mistake. A variable may stand for all calls. */
  #refuseIdle(): void {
    for (const [idle, needed] of [
      [run.save, run.learn],
      [run.network, run.sandbox],
    ] as const)
      if (this.given[flagOf(idle)] !== undefined && !this.settings.get(needed))
        throw new CabError('usage', `--${flagOf(idle)} goes with --${flagOf(needed)}`);
  }

  async #one(wish: CommandWish): Promise<number> {
    const { settings, services } = this;
    const signal = services.interruption();
    const opened = await openCommand(wish, settings, services, this.asJson, signal);
    try {
      if (!settings.get(run.dry_run)) return await this.#run(opened, signal);
      const { document, text } = await foretell(opened, signal);
      this.output(document, () => text);
      return !document.hit && settings.get(explain.exit_code) ? 1 : 0;
    } finally {
      await opened.close();
    }
  }

  async #learn(wish: CommandWish): Promise<number> {
    const { settings, services } = this;
    const lesson = await import('../cli/run/learn.ts');
    const name = settings.get(run.save);
    const { learned, exitCode } = await lesson.learn(wish, settings, services);
    for (const note of lesson.learnedNotes(learned)) this.say(note);
    const file =
      name === undefined || exitCode !== 0
        ? null
        : await lesson.saveRecipe(name, wish, learned, settings, services);
    this.output({ exit_code: exitCode, ...learned, saved: file }, () =>
      lesson.learnedLine(wish, learned),
    );
    if (file !== null) this.say(`saved in ${file}; run it: cab run ${name}`);
    return exitCode;
  }

  async #run(command: OpenedCommand, signal: AbortSignal): Promise<number> {
    const { settings } = this;
    const document = await runCommand({
      ...{ command, signal, restores: settings.get(run.restore) },
      failuresMs: settings.get(run.force) ? undefined : settings.get(run.cache_failures),
      write: (text) => passOn(this.services.stderr, Buffer.from(text), signal),
      isQuiet: settings.get(run.quiet) || this.asJson,
      say: (text) => this.say(text),
    });
    if (this.asJson) this.output(document, String);
    return document.exit_code;
  }
}
