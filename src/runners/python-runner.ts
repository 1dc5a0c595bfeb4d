import * as z from 'zod/mini';
import type { Runner } from '../core/engine/runner.ts';
import { contractArguments } from './call-arguments.ts';
import { startPython } from './python-process.ts';
import { findPythonModule, python, pythonSearchPath } from './python-source.ts';
import { runnerAnswer } from './runner-answer.ts';
import { plainRunner, type ResolvedOptions } from './runner-options.ts';
import type { RunnerSpec } from './runner-spec.ts';
import { SourceCode, type CodeVersion } from './source-code.ts';
import { WarmPool } from './warm-pool.ts';
import { WarmWorker } from './warm-worker.ts';

type PythonSpec = Extract<RunnerSpec, { form: 'python' }>;

/** A Python callable, in a process that is kept warm. */
export function pythonRunner(spec: PythonSpec, options: ResolvedOptions): Runner {
  const { cwd, pythonPath, module, callable } = spec;
  const name = `${module}:${callable}`;
  const searchPath = pythonSearchPath(cwd, pythonPath ?? undefined);
  let code: SourceCode | undefined;
  let elsewhere: Promise<CodeVersion> | undefined;

  const pool = new WarmPool(async () => {
    const { python: interpreter, env: inherited, killGraceMs } = options;
    const env = { ...inherited, PYTHONPATH: pythonPath ?? undefined };
    const process = {
      ...{ runner: name, python: interpreter, cwd, env },
      ...{ module, callable, killGraceMs },
    };
    return new WarmWorker(name, await startPython(process), killGraceMs);
  });

  async function version(): Promise<CodeVersion> {
    const file = findPythonModule(module, searchPath);
    if (file === undefined) {
      elsewhere ??= askPython(pool, searchPath);
      // A module that is installed after it was missed is found the next time.
      elsewhere.catch(() => (elsewhere = undefined));
      return elsewhere;
    }
    code ??= new SourceCode(file, python(searchPath));
    return code.version();
  }

  return {
    ...plainRunner,
    async identify() {
      return {
        name,
        version: (await version()).version,
        artifactSchema: null,
        manifestSchema: null,
      };
    },
    async prepare() {
      const { digest } = await version();
      await pool.use(digest, (worker) => worker.load());
    },
    async run(call, context) {
      context.signal.throwIfAborted();
      const given = contractArguments(call);
      const { digest } = await version();
      const answer = await pool.use(digest, (worker) => worker.call(call, given, context));
      return runnerAnswer(name, call, answer);
    },
    close: () => pool.close(),
  };
}

const describedSchema = z.object({ file: z.nullable(z.string()), version: z.nullable(z.string()) });

/** For a module that only the interpreter finds, such as an installed one. */
async function askPython(pool: WarmPool, searchPath: readonly string[]): Promise<CodeVersion> {
  const described = await pool.use('installed', (worker) => worker.load());
  const { file, version } = describedSchema.parse(described);
  if (version !== null) return { version, digest: 'installed' };
  if (file === null) return { version: 'built-in', digest: 'installed' };
  const code = await new SourceCode(file, python(searchPath)).version();
  return { version: code.version, digest: 'installed' };
}
