import { chmodSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as z from 'zod/mini';
import type { Returned, RunnerCall, RunnerResult } from '../core/ports/runner.ts';
import { ReturnedInvalid, returnedBy } from './returned-files.ts';
import { errnoOf } from '../core/model/errors.ts';
import { runnerError } from './runner-failure.ts';

const path = z.string().check(z.minLength(1));
const answerSchema = z.nullish(z.object({ artifact: z.nullish(path), manifest: z.nullish(path) }));

/**
 * The result for a runner's answer, which is `{artifact?, manifest?}` or nothing. A missing path is the one that the
 * call proposed. A relative path starts from `out_root`.
 * @throws CabError runner_result_invalid
 */
export function runnerAnswer(runner: string, call: RunnerCall, answer: unknown): RunnerResult {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const field = ['answer', ...(issue?.path ?? [])].map(String).join('.');
    throw invalidAnswer(runner, `${field}: ${issue?.message ?? 'not understood'}`);
  }
  const { artifact, manifest } = parsed.data ?? {};
  if (!artifact && !isThere(call.artifact_path))
    throw invalidAnswer(runner, 'neither answered an artifact nor wrote artifact_path');
  return {
    artifact: artifact ? resolve(call.out_root, artifact) : call.artifact_path,
    manifest: manifest ? resolve(call.out_root, manifest) : writtenManifest(call),
  };
}

/**
 * As `runnerAnswer`, for runners of JavaScript, which may return their files. Then nothing that they wrote counts.
 * @throws CabError runner_result_invalid
 */
export function returnedAnswer(runner: string, call: RunnerCall, answer: unknown): RunnerResult {
  const returned = returnedIn(runner, call, answer);
  if (returned === undefined) return runnerAnswer(runner, call, answer);
  return { artifact: call.artifact_path, manifest: null, returned };
}

function returnedIn(runner: string, call: RunnerCall, answer: unknown): Returned | undefined {
  try {
    return returnedBy(answer, call.artifact_path);
  } catch (error) {
    if (!(error instanceof ReturnedInvalid)) throw error;
    throw invalidAnswer(runner, error.message);
  }
}

/** The manifest's path if the runner wrote a file there, else null. */
export const writtenManifest = (call: RunnerCall): string | null =>
  isThere(call.manifest_path) ? call.manifest_path : null;

/** Also works in a directory that the runner closed to everyone, even itself. */
export function isThere(file: string): boolean {
  try {
    return statSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    if (errnoOf(error) !== 'EACCES') throw error;
  }
  chmodSync(dirname(file), 0o700);
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}

const invalidAnswer = (runner: string, message: string) =>
  runnerError(runner, { code: 'runner_result_invalid', message });
