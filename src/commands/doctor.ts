import { BaseCommand } from '../cli/base-command.ts';
import { examine } from '../cli/doctor/index.ts';
import { doctor, listOf, output, runner, store, upstream } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { withSteps } from '../cli/maintenance/step-progress.ts';
import { alone, Pace } from '../support/time/pace.ts';
import { findingsText } from '../cli/terminal/documents/findings.ts';

export default class Doctor extends BaseCommand {
  static override summary = 'Check the environment, the root and the job store, and say what to do';
  static override description = `Start here when something does not work. A warning leaves the exit code at 0. With --json: {"findings": [{"check", "state", "message", "hint"?}, …]}; state is ok, fixed, warning or problem.`;
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --fix'];
  static override exitCodes = [0, 1, 2, 130] as const;
  static override settings = listOf(doctor, runner, store, upstream, output);
  static override flags = oclifFlags(this.settings);

  override async run() {
    await this.read({});
    const fix = this.settings.get(doctor.fix);
    const options = this.brokerOptions();
    const pace = new Pace(alone, this.services.interruption());
    const findings = await withSteps(this.services, (onProgress) =>
      examine({ options, fix, pace, onProgress }),
    );
    this.output({ findings }, (style) => findingsText(style, findings));
    return findings.some(({ state }) => state === 'problem') ? 1 : 0;
  }
}
