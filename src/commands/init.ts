import { BaseCommand } from '../cli/base-command.ts';
import { initProject } from '../cli/init.ts';
import { listOf, output } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';

export default class Init extends BaseCommand {
  static override summary = 'Write a first cab.config.json, and keep the root out of git';
  static override description = `Makes the working directory a project. cab.config.json holds its settings and, under "jobs", recipes for cab run. It names a JSON Schema, by which editors complete it. The root is added to .gitignore. A cab.config.json that exists is not changed.`;
  static override examples = ['<%= config.bin %> init', '<%= config.bin %> run NAME'];
  static override exitCodes = [0, 2, 4] as const;
  static override settings = listOf(output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    // Reads no configuration file: there is none here yet, and one above belongs to another project.
    await this.parse({ flags: Init.flags, args: {} });
    const { cwd, packageRoot } = this.services;
    const written = await initProject({ cwd, packageRoot });
    this.output({ written }, () => written.map((file) => `wrote ${file}`).join('\n'));
    return 0 as const;
  }
}
