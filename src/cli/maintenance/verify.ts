/** Runs a check for a command: progress on the terminal, and reruns and reports for findings. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { leadAgain, prepareCheck, rememberCheck } from '../../compose/upkeep/verify-root.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { alone, Pace } from '../../support/time/pace.ts';
import { sampleOf } from '../../core/model/report/sample.ts';
import { formatKey } from '../../core/model/entry/key.ts';
import type { Finding, VerifyReport } from '../../core/model/report/verify-report.ts';
import { junitXml } from '../terminal/documents/verification.ts';
import type { Config } from '../settings/config.ts';
import type { ExitCode } from '../exit-codes.ts';
import { store, verify } from '../settings/flags.ts';
import type { LocalOptions } from '../../compose/open-broker.ts';
import type { Services } from '../services.ts';
import { withSteps } from './step-progress.ts';
import { recompute, rerun, type Recomputed, type Rerun } from './verify-again.ts';

/** Runs the check. Throws what it throws, and the reason of an interruption. */
export async function verifyHere(
  paths: readonly string[],
  options: Omit<LocalOptions, 'part'>,
  settings: Config,
  services: Services,
): Promise<VerifyReport> {
  const root = resolve(options.root);
  const places = paths.map((path) => placeOf(path, root, services.cwd));
  const asked = { ...askedOf(settings, root, options), pace: paceOf(services), places };
  const check = await prepareCheck(asked);
  const { report, lost } = await withSteps(
    services,
    (onProgress) =>
      check.run(onProgress, settings.get(verify.repair) ? options.version : undefined),
    ({ total }, elapsed) => (total === undefined ? '' : readText(check.bytesRead(), elapsed)),
  );
  refuseAbsent(absentFrom(report, places, options), report);
  const rerunning = settings.get(verify.rerun)
    ? withReruns(
        report,
        await rerun(lost, options),
        await leadAgain({ ...asked, pace: paceOf(services) }, report.findings.filter(isPointer)),
      )
    : report;
  const again = settings.get(verify.recompute);
  const whole =
    again === undefined ? rerunning : withRecomputed(rerunning, await recompute(again, options));
  if (check.isWhole) await rememberCheck(root, whole);
  return whole;
}

function askedOf(settings: Config, root: string, options: Omit<LocalOptions, 'part'>) {
  const { artifactName, manifestName, store: elsewhere, queue } = options;
  const sample = settings.get(verify.sample);
  return {
    root,
    store: elsewhere,
    queue,
    artifactName,
    manifestName,
    quick: settings.get(verify.quick),
    sample: sample === undefined ? null : (sampleOf(sample) ?? null),
    maxAgeMs: settings.get(verify.max_age) ?? null,
    threads: settings.get(verify.jobs),
    rootArguments: settings.source(store.cas_root) === '--cas-root' ? `--cas-root ${root}` : '',
  };
}

const paceOf = (services: Services): Pace => new Pace(alone, services.interruption());

/** What is in a bucket is on no disk. There, nothing is where the check has found neither entries nor pointers. */
function absentFrom(
  { entries, pointers }: VerifyReport,
  places: readonly string[],
  { store: elsewhere }: Pick<LocalOptions, 'store'>,
): readonly string[] {
  if (elsewhere === undefined) return places.filter((place) => !existsSync(place));
  return entries.found === 0 && pointers === 0 ? places : [];
}

/** A path that does not exist, and that no finding is about, is a mistake of the user. */
function refuseAbsent(absent: readonly string[], { root, findings }: VerifyReport): void {
  const place = absent.find((path) => !findings.some((finding) => isAt(path, root, finding.path)));
  if (place === undefined) return;
  throw new CabError('not_found', `${place}: there is nothing to verify`, {
    details: { path: place },
    hint: 'Check the path: echo/CONFIG/SOURCE, echo/CONFIG or echo/index/TRACK.json, below the root.',
  });
}

const isAt = (place: string, root: string, path: string): boolean =>
  `${join(root, path)}/`.startsWith(`${place}/`);

const isPointer = ({ path }: Finding): boolean => path.startsWith('echo/index/');

/** Entries that were quarantined or missing, and what happened to each since. */
function withReruns(
  report: VerifyReport,
  reruns: ReadonlyMap<string, Rerun>,
  pointers: ReadonlyMap<string, string>,
): VerifyReport {
  const findings = report.findings.map((finding) => {
    const again = finding.key === null ? undefined : reruns.get(formatKey(finding.key));
    if (again === undefined || (finding.repaired === null && !again.isDone)) return finding;
    const parts = [finding.repaired, again.told, pointers.get(finding.path)];
    return { ...finding, repaired: parts.filter((part) => part != null && part !== '').join('; ') };
  });
  const isListed =
    findings.length === Object.values(report.counts).reduce((sum, count) => sum + count, 0);
  return { ...report, sound: isListed && findings.every(isMended), findings };
}

const isMended = ({ repaired }: Finding): boolean => repaired !== null;

function withRecomputed(
  report: VerifyReport,
  { count, findings, notes }: Recomputed,
): VerifyReport {
  return {
    ...report,
    sound: report.sound && findings.length === 0,
    recomputed: count,
    counts: { ...report.counts, not_reproducible: findings.length },
    findings: [...report.findings, ...findings],
    notes: [...report.notes, ...notes],
  };
}

/** A path relative to the working directory, or relative to the root as reports print it. */
function placeOf(path: string, root: string, cwd: string): string {
  const here = resolve(cwd, path);
  return existsSync(here) || here.startsWith(root) ? here : resolve(root, path);
}

const readText = (bytes: number, elapsedMs: number): string =>
  bytes === 0 ? '' : `  ${prettyBytes(bytes)}  ${prettyBytes((bytes * 1000) / elapsedMs)}/s`;

export async function writeJunit(file: string | undefined, report: VerifyReport): Promise<void> {
  if (file === undefined) return;
  try {
    await writeFile(file, junitXml(report));
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === undefined) throw error;
    throw new CabError('usage', `--junit: ${file} cannot be written (${errno})`, { cause: error });
  }
}

/** Repaired findings count too: the exit code reports them for the first time. */
export function exitCodeOfReport({ counts }: VerifyReport): ExitCode {
  if (counts.corrupt + counts.missing > 0) return 6;
  return Object.values(counts).some((count) => count > 0) ? 1 : 0;
}
