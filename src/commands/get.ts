import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { eachOperand } from '../cli/jobs/each-operand.ts';
import { openAddressed, pointerOf, tracksFitting, type Addressed } from '../cli/names/addressed.ts';
import { intoFolder, isFolder } from '../cli/results/into-folder.ts';
import type { ExitCode } from '../cli/exit-codes.ts';
import { daemon, get, listOf, output, quiet, store, upstream } from '../cli/settings/flags.ts';
import { matchesEtag, toFile, toStream } from '../cli/results/deliver.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import type { Broker } from '../core/engine/broker.ts';
import { CabError } from '../core/model/errors.ts';
import { counted } from '../support/text/counted.ts';

export default class Get extends BaseCommand {
  static override summary = 'Print or save the artifact of a track, a key or a job';
  static override description = `WHAT is a track, CONFIG/SOURCE for a key, CONFIG/SOURCE/NAME for a file of an entry, or the id of a job. If a key and a track have the same name, the key wins. --at and --pointer take a track. The bytes are checked against their digest before they are printed. A pattern of tracks (* for any characters, ? for one) writes one file for each into the folder of -o, named after the track, with the suffix of the artifact. With --if-none-match, an artifact that still has this etag prints nothing and exits with 0.

With --json: {"config_hash", "source_hash", "name", "path", "size", "etag", "content_type"} in place of the bytes. cab tracks lists the tracks.`;
  static override examples = [
    '<%= config.bin %> get demo | jq .neighbors[0]',
    '<%= config.bin %> get demo --at 2 -o before.json',
    '<%= config.bin %> get demo --pointer',
    '<%= config.bin %> get "photos-*" -o thumbs/',
    '<%= config.bin %> get "$CONFIG/$SOURCE" --manifest',
    '<%= config.bin %> get 5d0c41e7',
  ];
  static override completes = ['track', 'job'] as const;
  static override exitCodes = [0, 2, 3, 4, 6, 130] as const;
  static override args = {
    what: Args.string({
      description: 'a track or a pattern of tracks, a key or a job',
      required: true,
      ignoreStdin: true,
    }),
  };
  static override settings = listOf(get, store, daemon, upstream, { quiet }, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { what } = await this.read(Get.args);
    const { settings } = this;
    if (settings.get(get.manifest) && settings.get(get.pointer))
      throw new CabError('usage', '--manifest and --pointer are two things: ask for one');
    return this.withBroker('looking', async (broker, signal) => {
      const tracks = await tracksFitting(broker, what);
      if (tracks !== undefined) return this.#files(broker, tracks, signal);
      await (settings.get(get.pointer)
        ? this.#pointer(broker, what)
        : this.#file(broker, what, signal));
      return 0 as const;
    });
  }

  async #files(broker: Broker, tracks: readonly string[], signal: AbortSignal): Promise<ExitCode> {
    const folder = this.settings.get(get.output);
    if (folder === undefined || folder === '-' || this.settings.get(get.pointer))
      throw new CabError('usage', `the pattern fits ${counted(tracks.length, 'track')}`, {
        hint: 'Name a folder for them: -o DIR/',
      });
    const operands = tracks.map((name) => ({ name }));
    return eachOperand(operands, this.reporting, async ({ name }) =>
      this.#file(broker, name, signal, folder),
    );
  }

  async #pointer(broker: Broker, track: string): Promise<void> {
    const pointer = await pointerOf(broker, track, this.settings.get(get.at));
    this.output(pointer, () => JSON.stringify(pointer, null, 2));
  }

  /** @param folder where one of several files goes */
  async #file(broker: Broker, what: string, signal: AbortSignal, folder?: string): Promise<void> {
    const { settings } = this;
    const manifest = settings.get(get.manifest) ? settings.get(store.manifest_name) : undefined;
    const found = await openAddressed(broker, { what, at: settings.get(get.at), manifest });
    try {
      await this.#deliver(found, signal, folder);
    } finally {
      await found.file.close();
    }
  }

  async #deliver(
    { key, track, file }: Addressed,
    signal: AbortSignal,
    folder: string | undefined,
  ): Promise<void> {
    const known = this.settings.get(get.if_none_match);
    if (known !== undefined && matchesEtag(known, file.etag)) {
      this.say('not modified');
      return;
    }
    const output = folder ?? this.settings.get(get.output);
    const root = this.settings.get(store.cas_root);
    let saved: string | undefined;
    if (output === undefined || output === '-') {
      const isTerminal = this.services.stdout.isTTY === true && output !== '-';
      if (!this.asJson) await toStream(file, (chunk) => this.write(chunk), isTerminal);
    } else if (folder !== undefined || (await isFolder(output, this.given['output']))) {
      saved = await intoFolder(file, track, { folder: output, root, signal });
      this.say(saved);
    } else await toFile(file, (saved = output), root, signal);
    const { config_hash, source_hash } = key;
    const { name, path, size, etag, contentType: content_type } = file;
    const facts = {
      config_hash,
      source_hash,
      name,
      path,
      size,
      etag,
      content_type,
      ...(saved !== undefined && { saved }),
    };
    if (this.asJson) this.output(facts, String);
  }
}
