/**
 * Base of all commands. It handles errors, output and exit codes itself, because under `--json` oclif turns every exit
 * code into 1, prints its parser's input as the error, and prints nothing for a falsy result. Longer than other files,
 * because it turns the settings that all commands share into the options of a broker.
 */
import { once } from 'node:events';
import { Command } from '@oclif/core/command';
import type { Config as OclifConfig } from '@oclif/core/config';
import type { ArgInput, OutputArgs } from '@oclif/core/interfaces';
import type { Broker } from '../core/engine/broker.ts';
import { CabError, isCabError } from '../core/model/errors.ts';
import { unlessAborted } from '../support/time/unless-aborted.ts';
import { queueName } from '../compose/stores/job-access.ts';
import { configuredKinds } from '../compose/kinds/configured-kinds.ts';
import type { Style } from './terminal/style.ts';
import { storePlaces } from '../compose/stores/store-places.ts';
import {
  needsRunner,
  type BrokerPart,
  type DaemonChoice,
  type LocalOptions,
  type OpenedBroker,
} from '../compose/open-broker.ts';
import type { NameKind } from './completion/candidate.ts';
import { Config, type ConfigSources, type GivenFlags } from './settings/config.ts';
import { findConfigFile } from './settings/config-file.ts';
import type { ExitCode } from './exit-codes.ts';
import { daemon, engine, job, output, quiet, runner, store, upstream } from './settings/flags.ts';
import { asJsonFromTheStart, withoutColourFromTheStart } from './output-mode.ts';
import { queueChoice, storeChoice } from './settings/store-choice.ts';
import { upstreamOptions } from './settings/upstream-options.ts';
import { parserFlags } from './settings/oclif-flags.ts';
import type { Reporting } from './report.ts';
import { jsonOn, shownOn, spokenIn, styleOf, type Services } from './services.ts';
import { envOf, flagOf, type Setting } from './settings/setting.ts';

export abstract class BaseCommand extends Command {
  /** The settings of the command, in the order of its help. */
  static settings: readonly Setting[] = [];
  /** What its operands name, for completion. */
  static completes: readonly NameKind[] = [];
  /** The outcomes that its help lists. */
  static exitCodes: readonly ExitCode[] = [];

  services: Services;
  /** The settings of this call. Set once `read` has returned. */
  protected settings = new Config({ flags: {}, env: {}, file: undefined, cwd: '' });
  /** What the parser of flags found. Set before `surroundings` is called. */
  protected given: GivenFlags = {};
  #json: boolean;

  constructor(argv: string[], services: Services) {
    super(argv, parserConfig);
    this.services = withoutColourFromTheStart(argv)
      ? spokenIn(services, { isQuiet: false, hasColour: false })
      : services;
    this.#json = asJsonFromTheStart(argv, services.env);
  }

  /** Returns the exit code. */
  abstract override run(): Promise<number>;

  /** Runs the command. Every failure has been reported to the user when this returns. */
  async execute(): Promise<number> {
    try {
      return await this.run();
    } catch (error) {
      const { report } = await import('./report.ts');
      return report(error, this.reporting);
    }
  }

  /** Parses the command line and finds the settings. Throws usage, config_invalid. */
  protected async read<A extends OutputArgs<ArgInput>>(args: ArgInput<A>): Promise<A> {
    const { cwd } = this.services;
    const { settings } = this.constructor as typeof BaseCommand;
    const parsed = await this.parse<OutputFlags, OutputFlags, A>({
      args,
      flags: parserFlags(settings),
    });
    this.given = parsed.flags;
    this.settings = new Config({ flags: parsed.flags, cwd, ...(await this.surroundings()) });
    this.#json = this.settings.get(output.json);
    this.services = spokenIn(this.services, {
      isQuiet: settings.includes(quiet) && this.settings.get(quiet),
      hasColour: this.settings.get(output.color),
    });
    // Every setting is checked, including those that this call does not use.
    for (const setting of settings)
      if (parsed.flags[flagOf(setting)] !== undefined) this.settings.get(setting);
    return parsed.args;
  }

  /** Environment and configuration file, which set settings besides the flags. */
  protected async surroundings(): Promise<Pick<ConfigSources, 'env' | 'file' | 'looksUpward'>> {
    const { env, cwd } = this.services;
    return { env, file: await findConfigFile(cwd, env) };
  }

  /** Opens the broker for `use`, and closes it in any case. Ctrl-C ends `use` and closes the broker, too. */
  protected async withBroker<T>(
    part: BrokerPart,
    use: (broker: Broker, signal: AbortSignal, isRemote: boolean) => Promise<T>,
  ): Promise<T> {
    const signal = this.services.interruption();
    const { broker, isRemote } = await this.openBroker(part);
    try {
      return await this.saysWhere(unlessAborted(use(broker, signal, isRemote), signal));
    } finally {
      await broker.close();
    }
  }

  /** Adds to a not_found error the place that was searched. */
  protected async saysWhere<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!isCabError(error, 'not_found') || 'looked_in' in error.details) throw error;
      const { message, hint, details, cause } = error;
      throw new CabError('not_found', `${message} in ${this.place}`, {
        hint,
        details: { ...details, looked_in: this.place },
        cause,
      });
    }
  }

  /** Acts on the entry that a word names: a key or a track, else a job or a shortened name. Throws not_found, usage. */
  protected async onEntry<T>(name: string, act: (name: string) => Promise<T>): Promise<T> {
    const { onEntryNamed } = await import('./names/entry-named.ts');
    return this.saysWhere(onEntryNamed(name, act, (use) => this.withBroker('looking', use)));
  }

  /** Where jobs and names are looked up: the daemon if one is named, else the queue that is, else the store of the entries. */
  protected get place(): string {
    const { settings } = this;
    const url = settings.get(daemon.offline) ? undefined : settings.get(daemon.url);
    const queue = queueChoice(settings);
    return (
      url ??
      (queue && queueName(queue)) ??
      settings.get(store.store) ??
      settings.get(store.cas_root)
    );
  }

  /** The caller closes it. */
  protected async openBroker(part: BrokerPart): Promise<OpenedBroker> {
    const options = { ...this.brokerOptions(), ...this.#daemonChoice(part), part };
    const opened = await this.services.openBroker(options);
    if (opened.note !== undefined && !this.#json) this.say(opened.note);
    if (opened.isRemote && this.settings.source(upstream.upstream) === '--upstream' && !this.#json)
      this.say('note: --upstream is not used, because a daemon does the work and has its own');
    return opened;
  }

  /** Writes data to stdout: the document for `--json`, else the text for people. */
  protected output(document: unknown, text: (style: Style) => string): void {
    const { stdout, env } = this.services;
    const line = this.#json
      ? jsonOn(stdout, document)
      : shownOn(stdout, text(styleOf(stdout, env)));
    if (line !== '') stdout.write(`${line}\n`);
  }

  /** Writes data of any length, as fast as it is read. */
  protected async write(chunk: string | Uint8Array): Promise<void> {
    const { stdout } = this.services;
    if (!stdout.write(chunk)) await once(stdout, 'drain');
  }

  /** Writes a message for people to stderr, unless the command is quiet. */
  protected say(text: string): void {
    if (this.services.isQuiet !== true) this.complain(text);
  }

  /** Writes an error to stderr, even if the command is quiet. */
  protected complain(text: string): void {
    const { stderr } = this.services;
    stderr.write(`${shownOn(stderr, text)}\n`);
  }

  /** How an error is reported. */
  protected get reporting(): Reporting {
    const flags = Object.keys(this.ctor.flags);
    return { services: this.services, json: this.#json, flags };
  }

  protected get asJson(): boolean {
    return this.#json;
  }

  protected brokerOptions(): Omit<LocalOptions, 'part'> {
    const { settings } = this;
    return {
      root: settings.get(store.cas_root),
      store: storeChoice(settings, this.services.env),
      queue: queueChoice(settings),
      artifactName: settings.get(store.artifact_name) ?? null,
      manifestName: settings.get(store.manifest_name),
      runner: settings.get(runner.runner),
      python: settings.get(runner.python),
      concurrency: settings.get(engine.concurrency),
      labels: settings.get(engine.label),
      graceMs: settings.get(engine.kill_grace),
      leaseMs: settings.get(engine.lease),
      queueLimit: settings.get(engine.queue_limit),
      inlineBytes: settings.get(engine.inline_limit),
      timeoutMs: settings.get(job.timeout) ?? null,
      maxAttempts: settings.get(job.retries) + 1,
      retries: {
        delayMs: settings.get(engine.retry_delay),
        jitter: settings.get(engine.retry_jitter) / 100,
      },
      kinds: this.#kinds(),
      upstream: upstreamOptions(this.settings, {
        say: (text) => this.say(text),
        interruption: this.services.interruption,
      }),
      cwd: this.services.cwd,
      version: this.services.version,
    };
  }

  #kinds(): LocalOptions['kinds'] {
    const { file, recipes: kinds } = this.settings;
    if (file === null || kinds.size === 0) return undefined;
    const { cwd, env } = this.services;
    const root = this.settings.get(store.cas_root);
    return configuredKinds({ file: { path: file, kinds }, root, cwd, env });
  }

  /** Folders of artifacts, which are not inputs. */
  protected storePlaces(): readonly string[] {
    return storePlaces(this.settings.get(store.cas_root));
  }

  /** A token from the environment is meant for a daemon that the user named. A file that was found may name any daemon. */
  #token(url: string | undefined): Pick<DaemonChoice, 'token' | 'isTokenOfEnvironment'> {
    const { settings } = this;
    const token = settings.get(daemon.token);
    const isTokenOfEnvironment = settings.source(daemon.token) === envOf(daemon.token);
    const isFound = url !== undefined && settings.source(daemon.url) === settings.file;
    if (!isFound || !isTokenOfEnvironment) return { token, isTokenOfEnvironment };
    if (!this.#json)
      this.say(
        `note: ${envOf(daemon.token)} is not sent to ${url}, which ${settings.file} names; --url or ${envOf(daemon.url)} names it for you`,
      );
    return { token: undefined, isTokenOfEnvironment };
  }

  #daemonChoice(part: BrokerPart): DaemonChoice & { readonly takesAnyRunner: boolean } {
    const { settings } = this;
    const takesAnyRunner = this.#areOfKind() || settings.source(runner.runner) === 'default';
    const url = settings.get(daemon.url);
    const offline = settings.get(daemon.offline);
    const asksForRunner = needsRunner(part) && settings.source(runner.runner) === '--runner';
    if (url !== undefined && !offline && asksForRunner)
      throw new CabError('usage', `--runner: the daemon at ${url} has a runner of its own`, {
        hint: 'Leave it out, or work without the daemon: --offline',
      });
    return { url, offline, takesAnyRunner, ...this.#token(offline ? undefined : url) };
  }

  /** Throws usage for a kind and a runner. */
  #areOfKind(): boolean {
    const { settings } = this;
    const isAsked = (this.constructor as typeof BaseCommand).settings.includes(job.job);
    const kind = isAsked ? settings.get(job.job) : undefined;
    if (kind !== undefined && settings.source(runner.runner) === '--runner')
      throw new CabError('usage', `--job ${kind} and --runner both say who does the work`, {
        hint: 'Leave one of them out.',
      });
    return kind !== undefined;
  }
}

type OutputFlags = Record<string, string | boolean | string[] | undefined>;

/** The part of oclif's configuration that parsing needs. Loading the whole takes longer than the rest of a command. */
const parserConfig = {
  bin: 'cab',
  runHook: async () => ({ successes: [], failures: [] }),
} as unknown as OclifConfig;
