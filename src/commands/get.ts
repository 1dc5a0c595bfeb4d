import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { openAddressed, pointerOf } from '../cli/names/addressed.ts';
import { daemon, get, listOf, output, quiet, store, upstream } from '../cli/settings/flags.ts';
import { matchesEtag, toFile, toStream } from '../cli/deliver.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import type { Broker, OpenedFile } from '../core/engine/broker.ts';
import { CabError } from '../core/model/errors.ts';
import type { EntryKey } from '../core/model/entry/key.ts';

export default class Get extends BaseCommand {
  static override summary = 'Print or save the artifact of a track, a key or a job';
  static override description = `WHAT is a track, CONFIG/SOURCE for a key, CONFIG/SOURCE/NAME for a file of an entry, or the id of a job. If a key and a track have the same name, the key wins. --at and --pointer take a track. The bytes are checked against their digest before they are printed. With --if-none-match, an artifact that still has this etag prints nothing and exits with 0.

With --json: {"config_hash", "source_hash", "name", "path", "size", "etag", "content_type"} in place of the bytes. cab tracks lists the tracks.`;
  static override examples = [
    '<%= config.bin %> get demo | jq .neighbors[0]',
    '<%= config.bin %> get demo --at 2 -o before.json',
    '<%= config.bin %> get demo --pointer',
    '<%= config.bin %> get "$CONFIG/$SOURCE" --manifest',
    '<%= config.bin %> get 5d0c41e7',
  ];
  static override exitCodes = [0, 2, 3, 4, 6, 130] as const;
  static override args = {
    what: Args.string({
      description: 'a track, a key or a job',
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
    await this.withBroker('looking', (broker, signal) =>
      settings.get(get.pointer) ? this.#pointer(broker, what) : this.#file(broker, what, signal),
    );
    return 0 as const;
  }

  async #pointer(broker: Broker, track: string): Promise<void> {
    const pointer = await pointerOf(broker, track, this.settings.get(get.at));
    this.output(pointer, () => JSON.stringify(pointer, null, 2));
  }

  async #file(broker: Broker, what: string, signal: AbortSignal): Promise<void> {
    const { settings } = this;
    const manifest = settings.get(get.manifest) ? settings.get(store.manifest_name) : undefined;
    const { key, file } = await openAddressed(broker, { what, at: settings.get(get.at), manifest });
    try {
      await this.#deliver(key, file, signal);
    } finally {
      await file.close();
    }
  }

  async #deliver(key: EntryKey, file: OpenedFile, signal: AbortSignal): Promise<void> {
    const known = this.settings.get(get.if_none_match);
    if (known !== undefined && matchesEtag(known, file.etag)) {
      this.say('not modified');
      return;
    }
    const output = this.settings.get(get.output);
    if (output !== undefined && output !== '-')
      await toFile(file, output, this.settings.get(store.cas_root), signal);
    else if (!this.asJson) {
      const isTerminal = this.services.stdout.isTTY === true && output !== '-';
      await toStream(file, (chunk) => this.write(chunk), isTerminal);
    }
    const { config_hash, source_hash } = key;
    const { name, path, size, etag, contentType: content_type } = file;
    const facts = { config_hash, source_hash, name, path, size, etag, content_type };
    if (this.asJson) this.output(facts, String);
  }
}
