import { dirname, resolve } from 'node:path';
import type { Runner } from '../../core/ports/runner.ts';
import type { RunnerIdentity } from '../../core/model/runner/runner-identity.ts';
import { contractArguments, contractNames } from '../call-arguments.ts';
import {
  asked,
  declaredIn,
  describedSchema,
  type Described,
  type PythonDeclaration,
} from './python-declaration.ts';
import { startPython } from './python-process.ts';
import {
  findPythonModule,
  packagesAbove,
  python,
  pythonSearchPath,
} from '../code/python-source.ts';
import { runnerAnswer } from '../runner-answer.ts';
import { plainRunner, withDeclared, type ResolvedOptions } from '../runner-options.ts';
import type { RunnerSpec } from '../runner-spec.ts';
import { SourceCode } from '../code/source-code.ts';
import { WarmPool } from '../process/warm-pool.ts';
import { WarmWorker } from '../process/warm-worker.ts';

type PythonSpec = Extract<RunnerSpec, { form: 'python' }>;

/** The current code of a callable. */
interface PythonCode {
  readonly version: string;
  /** A process that loaded the code under this stamp has no other code. */
  readonly stamp: string;
  readonly files: readonly string[];
  readonly declared: PythonDeclaration;
}

/** A runner that calls a Python callable in a process that is kept warm. */
export function pythonRunner(spec: PythonSpec, options: ResolvedOptions): Runner {
  const { cwd, pythonPath, module, callable } = spec;
  const name = `${module}:${callable}`;
  const searchPath = pythonSearchPath(cwd, pythonPath ?? undefined);
  let found: { readonly file: string; readonly code: SourceCode } | undefined;
  let installed: Promise<Described> | undefined;
  let codeFiles: readonly string[] = [];

  const pool = new WarmPool(async (declared) => {
    const { python: interpreter, env: inherited, killGraceMs } = options;
    const env = { ...withDeclared(inherited, declared), PYTHONPATH: pythonPath ?? undefined };
    const process = {
      ...{ runner: name, python: interpreter, cwd, env },
      ...{ module, callable, killGraceMs },
    };
    return new WarmWorker(name, await startPython(process), killGraceMs);
  });

  /** Code from source files that Python finds from the working directory, or through a linked installation. */
  async function sourceAt(file: string, places: readonly string[]): Promise<PythonCode> {
    const files = packagesAbove(file, module);
    if (found?.file !== file)
      found = {
        file,
        code: new SourceCode(file, python({ searchPath: places, before: { entry: file, files } })),
      };
    const version = await found.code.version();
    return { ...version, declared: declaredIn(version.sources, callable, cwd) };
  }

  async function code(): Promise<PythonCode> {
    const file = findPythonModule(module, searchPath);
    if (file !== undefined) return sourceAt(file, searchPath);
    installed ??= pool.use('installed', async (worker) =>
      describedSchema.parse(await worker.load()),
    );
    // If the module is missing and is installed later, the next call finds it.
    installed.catch(() => (installed = undefined));
    const { version, file: elsewhere, is_linked, ...declared } = await installed;
    if (elsewhere === null || (version !== null && !is_linked))
      return { version: version ?? 'built-in', stamp: 'installed', files: [], declared };
    const source = await sourceAt(elsewhere, [folderOfPackages(elsewhere, module), ...searchPath]);
    return { ...source, declared };
  }

  return {
    ...plainRunner,
    reservedArguments: contractNames,
    async identify(): Promise<RunnerIdentity> {
      const { version, files, declared } = await code();
      codeFiles = files;
      return {
        name,
        version,
        artifactSchema: null,
        manifestSchema: null,
        inputFormat: declared.input_format ?? undefined,
        artifactName: 'historical_echo.json',
      };
    },
    codeFiles: () => codeFiles,
    async declaredDatabase(call) {
      const { stamp, declared } = await code();
      if (declared.database !== asked) return declared.database;
      const answer = await pool.use(stamp, (worker) => worker.load(call));
      return describedSchema.parse(answer).database;
    },
    async prepare() {
      const { stamp } = await code();
      await pool.use(stamp, (worker) => worker.load());
    },
    async run(call, context) {
      context.signal.throwIfAborted();
      const { stamp, declared } = await code();
      const given = contractArguments(call);
      const answer = await pool.use(
        stamp,
        (worker) => worker.call(call, given, context, declared),
        context.env,
      );
      return runnerAnswer(name, call, answer);
    },
    close: () => pool.close(),
  };
}

/** The folder on Python's path in which a dotted module was found. */
function folderOfPackages(file: string, dotted: string): string {
  const depth = dotted.split('.').length - (file.endsWith('__init__.py') ? 0 : 1);
  return resolve(dirname(file), '../'.repeat(depth));
}
