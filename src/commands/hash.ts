import * as Args from '@oclif/core/args';
import { BaseCommand } from '../cli/base-command.ts';
import { eachOperand } from '../cli/jobs/each-operand.ts';
import { listOf, output, runner } from '../cli/settings/flags.ts';
import { findInputs } from '../cli/jobs/inputs.ts';
import { sourceHasher } from '../cli/jobs/source-hash.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';

export default class Hash extends BaseCommand {
  static override summary = 'Print the source hash of files, in the form of sha256sum';
  static override description = `JSON is hashed in its canonical form: white space, the order of keys and the spelling of numbers do not count. Any other file is hashed by its bytes. If a runner is chosen (--runner, CAB_RUNNER, cab.config.json), files are hashed as that runner reads them. A runner that is a program reads bytes. With --json each line is {"file", "source_hash"}.`;
  static override examples = [
    '<%= config.bin %> hash song.json',
    '<%= config.bin %> hash "songs/*.json"',
    '$ cat song.json | <%= config.bin %> hash -',
    '<%= config.bin %> hash song.json --runner sh:md5sum',
  ];
  static override completes = ['file'] as const;
  static override exitCodes = [0, 2] as const;
  static override args = {
    files: Args.string({
      description: 'files, patterns, or - for standard input',
      required: true,
      multiple: true,
      ignoreStdin: true,
    }),
  };
  static override settings = [runner.runner, runner.python, ...listOf(output)];
  static override flags = oclifFlags(this.settings);

  override async run() {
    const { files } = await this.read(Hash.args);
    const inputs = await findInputs(files, this.services);
    const sourceHash = await sourceHasher(this.settings, this.services.cwd);
    return eachOperand(inputs, this.reporting, async (input) => {
      if ('error' in input) throw input.error;
      const source_hash = await sourceHash(input);
      const file = input.name;
      this.output({ file, source_hash }, () => lineOf(source_hash, file));
    });
  }
}

/** Escapes a name that would break the line, in the form that sha256sum writes and `sha256sum --check` reads. */
function lineOf(source_hash: string, file: string): string {
  const escaped = file.replace(/[\\\n\r]/g, (found) => escapes[found] ?? found);
  return `${escaped === file ? '' : '\\'}${source_hash}  ${escaped}`;
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r' };
