import { chmodSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import * as z from 'zod/mini';
import type { RunnerCall, RunnerResult } from '../core/ports/runner.ts';
import { errnoOf } from '../core/model/errors.ts';
import { runnerError } from './runner-failure.ts';

const path = z.string().check(z.minLength(1));
const answerSchema = z.nullish(z.object({ artifact: z.nullish(path), manifest: z.nullish(path) }));

/**
 * The result behind what a runner answered: `{artifact?, manifest?}` or nothing. What is left out is where
 * the call proposed it; a relative path counts from `out_root`.
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

/** The manifest's path where the runner wrote one there, else null. */
export const writtenManifest = (call: RunnerCall): string | null =>
  isThere(call.manifest_path) ? call.manifest_path : null;

/** Also in a directory that the runner has closed to everyone, itself included. */
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
