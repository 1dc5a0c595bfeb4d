import { CabError } from '../../model/errors.ts';
import type { DigestMemory } from '../../model/request/digest-memory.ts';
import type { Declared, JsonObject } from '../../model/job/job.ts';
import type { SubmitRequest } from '../../model/request/submit-request.ts';
import type { DeclaredInputs } from '../../ports/declared-inputs.ts';
import type { PathFence } from '../../../support/paths/path-fence.ts';

/**
 * What a request declares beside its input; undefined if it declares nothing. A caller that is fenced must not reach other
 * files by a pattern, or steer the daemon's programs by a variable. So it declares nothing itself; a kind of job does.
 * @throws CabError path_refused
 */
export function declaredBy(
  { inputs = [], inputs_base, env = {} }: SubmitRequest,
  { cwd, fence, isTrusted }: { cwd: string; fence: PathFence | undefined; isTrusted: boolean },
): Declared | undefined {
  const field = inputs.length > 0 ? 'inputs' : 'env';
  if (inputs.length === 0 && Object.keys(env).length === 0) return undefined;
  const chosen = Object.keys(env).find((name) => choosesCode.test(name));
  if (chosen !== undefined)
    throw new CabError('invalid_request', `env.${chosen}: a job may not set it`, {
      hint: 'It decides which code runs, or belongs to cab. Set it where the runner is named.',
      details: { field: `env.${chosen}` },
    });
  if (fence !== undefined && !isTrusted)
    throw new CabError('path_refused', `${field}: a request may not declare them here`, {
      hint: 'Let a kind of job declare them, in the cab.config.json of the daemon.',
      details: { field },
    });
  return { base: inputs_base ?? cwd, inputs, env };
}

/** The version of a runner is that of the code which these find in cab's own environment. */
const choosesCode = /^(?:PATH|PYTHONPATH|NODE_PATH|CAB_.*)$/;

/** What the key holds of the declared inputs. @throws CabError invalid_request, and what `DeclaredInputs.read` throws */
export async function contentOf(
  declared: Declared,
  reader: DeclaredInputs | undefined,
  memory: DigestMemory | undefined,
  signal: AbortSignal = new AbortController().signal,
): Promise<JsonObject> {
  if (declared.inputs.length === 0) return {};
  if (reader === undefined)
    throw new CabError('invalid_request', 'inputs: this broker reads none beside the input', {
      details: { field: 'inputs' },
    });
  return (await reader.read(declared, memory, signal)).content;
}
