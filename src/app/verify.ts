/** A check as a command starts it: threads, what moves on the terminal, and what is done with what is found. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import prettyBytes from 'pretty-bytes';
import { layoutOf, type Layout } from '../core/cas/layout.ts';
import { CabError, errnoOf } from '../core/errors.ts';
import { alone, Pace } from '../core/maintenance/pace.ts';
import type { VerifyContext, VerifyOptions } from '../core/maintenance/verify/context.ts';
import { verifyRoot } from '../core/maintenance/verify/index.ts';
import { repair } from '../core/maintenance/verify/repair.ts';
import { sampleOf } from '../core/maintenance/verify/sample.ts';
import { scopeOf } from '../core/maintenance/verify/scope.ts';
import { formatKey, type EntryKey } from '../core/model/key.ts';
import type { VerifyReport } from '../core/model/verify-report.ts';
import { junitXml } from '../render/verification.ts';
import { CheckPool } from './check-pool.ts';
import type { Config } from './config.ts';
import type { ExitCode } from './exit-codes.ts';
import { store } from './flags.ts';
import type { LocalOptions } from './open-broker.ts';
import type { Services } from './services.ts';
import { withSteps } from './step-progress.ts';
import { recompute, rerun, type Recomputed } from './verify-again.ts';
import { verify } from './verify-flags.ts';

/** Throws what `verifyRoot` throws, and the reason of an interruption. */
export async function verifyHere(
  paths: readonly string[],
  options: Omit<LocalOptions, 'part'>,
  settings: Config,
  services: Services,
): Promise<VerifyReport> {
  const { root, manifestName, version } = options;
  const layout = layoutOf(root);
  const lost: EntryKey[] = [];
  const quick = settings.get(verify.quick);
  const sample = settings.get(verify.sample);
  const scope = scopeOf(
    layout,
    paths.map((path) => placeOf(path, layout, services.cwd)),
  );
  const mend = async (checked: VerifyContext): Promise<void> => {
    await repair(checked, version);
    lost.push(...checked.lost);
  };
  const entries = { entries: layout.entries, manifestName, quick };
  const checker = new CheckPool(entries, settings.get(verify.jobs));
  const check: VerifyOptions = {
    layout,
    manifestName,
    scope,
    quick,
    sample: sample === undefined ? null : (sampleOf(sample) ?? null),
    maxAgeMs: settings.get(verify.max_age) ?? null,
    checker,
    pace: new Pace(alone, services.interruption()),
    now: Date.now(),
    rootArguments:
      settings.source(store.cas_root) === '--cas-root' ? `--cas-root ${layout.root}` : '',
  };
  const report = await withSteps(
    services,
    (onProgress) =>
      verifyRoot({ ...check, onProgress }, settings.get(verify.repair) ? mend : undefined),
    ({ total }, elapsed) => (total === undefined ? '' : readText(checker.bytes, elapsed)),
  );
  const rerunning = settings.get(verify.rerun)
    ? withReruns(report, await rerun(lost, options))
    : report;
  const again = settings.get(verify.recompute);
  return again === undefined
    ? rerunning
    : withRecomputed(rerunning, await recompute(again, options));
}

/** What was taken aside, and what became of it since. */
function withReruns(report: VerifyReport, told: ReadonlyMap<string, string>): VerifyReport {
  const findings = report.findings.map((finding) => {
    const line = finding.key === null ? undefined : told.get(formatKey(finding.key));
    return line === undefined || finding.repaired === null
      ? finding
      : { ...finding, repaired: `${finding.repaired}; ${line}` };
  });
  return { ...report, findings };
}

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

/** As a shell would mean it, or as a report names it: relative to the root. */
function placeOf(path: string, { root }: Layout, cwd: string): string {
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

/** What was mended counts as well: whoever reads the code did not know of it before. */
export function exitCodeOfReport({ counts }: VerifyReport): ExitCode {
  if (counts.corrupt + counts.missing > 0) return 6;
  return Object.values(counts).some((count) => count > 0) ? 1 : 0;
}
