/** The daemon of the root, and files that a killed daemon left. */
import { doctoredPlaces } from '../../compose/upkeep/doctor-root.ts';
import { readClaim } from '../../daemon/claimed-file.ts';
import { claimDaemon, isLeftOver, livingDaemon } from '../../daemon/daemon-file.ts';
import { fixed, ok, warning, type Check, type Result, type Subject } from './check.ts';

export const daemonChecks: readonly Check[] = [{ name: 'daemon', look: daemon }];

async function daemon({ options, fix }: Subject): Promise<Result> {
  const { daemon: file } = doctoredPlaces(options.root);
  const text = await readClaim(file);
  if (text === undefined) return ok('none serves this root');
  if (!(await isLeftOver(text))) {
    const living = await livingDaemon(text);
    const { pid, url, socket, version } = living ?? {};
    return ok(
      living === undefined
        ? 'one is about to serve this root, or closing'
        : `pid ${pid ?? ''}, version ${version ?? ''}, ${url ?? socket ?? ''}`,
    );
  }
  if (!fix)
    return warning(
      `${file} was left by a daemon that is gone`,
      'It does no harm, and the next daemon replaces it; so does: cab doctor --fix',
    );
  await (await claimDaemon(options.root, traits)).release();
  return fixed(`${file}, left by a daemon that is gone, was removed`);
}

/** Address of a claim that is released at once. Nobody reads it. */
const traits = { version: '', runner: '', artifact_name: '', manifest_name: '' };
