import { BaseCommand } from '../cli/base-command.ts';
import { exitCodeOfMigration, migrateHere } from '../cli/maintenance/migrate.ts';
import { refuseElsewhere } from '../cli/maintenance/pins.ts';
import { daemon, listOf, migrate, output, store } from '../cli/settings/flags.ts';
import { oclifFlags } from '../cli/settings/oclif-flags.ts';
import { migrationText } from '../cli/terminal/documents/migration.ts';

export default class Migrate extends BaseCommand {
  static override summary =
    'Copy entries, tracks and jobs to a bucket, a database, or another folder';
  static override description = `Copies what --cas-root, --store and --queue name to the place that --to names. --to s3://… takes entries, pins and the pointers of tracks; --to postgres://… takes jobs and the results that tracks had; a folder takes all, and so leads back from a bucket or a database. Keys, ids and URLs stay the same. The old place is not changed.

Every file is hashed when it is read and when it is written. What is there already is left alone, so an interrupted run goes on with the next one. A daemon may run meanwhile: then jobs that wait or run stay behind, and so do those after them, and the exit code is 1. Stop the daemon, run it once more, and start with the new settings.

See docs/how-to/move-to-other-stores.md.`;
  static override examples = [
    '<%= config.bin %> migrate --to s3://bucket/cab',
    '<%= config.bin %> migrate --to s3://bucket/cab --to postgres://cab@db.example/cab',
    '<%= config.bin %> migrate --store s3://bucket/cab --to ./local',
  ];
  static override exitCodes = [0, 1, 2, 3, 4, 130] as const;
  static override settings = listOf(
    migrate,
    store,
    { url: daemon.url, offline: daemon.offline },
    output,
  );
  static override flags = oclifFlags(this.settings);

  override async run() {
    await this.read({});
    const { settings, services } = this;
    await refuseElsewhere(settings, 'migrate');
    const targets = settings.get(migrate.to);
    const report = await migrateHere(targets, this.brokerOptions(), settings, services);
    this.output(report, (style) => migrationText(style, report));
    return exitCodeOfMigration(report);
  }
}
