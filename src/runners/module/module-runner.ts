import { basename } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Runner } from '../../core/ports/runner.ts';
import { CabError, errnoOf } from '../../core/model/errors.ts';
import { moduleArguments, moduleNames, refuseLostIntegers } from '../call-arguments.ts';
import { javaScript } from '../code/javascript-source.ts';
import { locatePackage, type LocatedModule } from '../code/npm-package.ts';
import { returnedAnswer } from '../runner-answer.ts';
import { plainRunner, withDeclared, type ResolvedOptions } from '../runner-options.ts';
import type { RunnerSpec } from '../runner-spec.ts';
import { SourceCode, type CodeVersion } from '../code/source-code.ts';
import { WarmPool } from '../process/warm-pool.ts';
import type { ModuleDeclaration } from './module-thread.ts';
import { WarmWorker } from '../process/warm-worker.ts';

type ModuleSpec = Extract<RunnerSpec, { form: 'module' | 'package' }>;

/** A runner that calls an export of an ES module in a worker thread. */
export function moduleRunner(spec: ModuleSpec, options: ResolvedOptions): Runner {
  const { exportName } = spec;
  const label = spec.form === 'module' ? basename(spec.file) : spec.name;
  const name = exportName === null ? label : `${label}:${exportName}`;
  let located: LocatedModule | undefined;
  let code: SourceCode | undefined;
  let codeFiles: readonly string[] = [];

  async function locate(): Promise<LocatedModule> {
    located ??= spec.form === 'package' ? await locatePackage(spec) : spec;
    return located;
  }

  async function version(): Promise<CodeVersion> {
    const { file } = await locate();
    code ??= new SourceCode(file, javaScript);
    return code.version().catch((error: unknown) => refuseMissing(name, file, error));
  }

  const pool = new WarmPool(async (variables) => {
    const { openModuleThread } = await import('./module-thread.ts');
    const { killGraceMs, maxHeapMb } = options;
    const env = withDeclared(options.env, variables);
    const url = pathToFileURL((await locate()).file).href;
    const declared = declaredIn((await version()).sources);
    const thread = { url, exportName, env, maxHeapMb, declared };
    return new WarmWorker(name, (events) => openModuleThread(thread, events), killGraceMs);
  });

  return {
    ...plainRunner,
    reservedArguments: moduleNames,
    makesPlaces: true,
    async identify() {
      const { version: ofSource, digest, sources, files } = await version();
      const { packageVersion } = await locate();
      const isAuthors = ofSource !== digest;
      codeFiles = files;
      return {
        name,
        version: isAuthors ? ofSource : (packageVersion ?? digest),
        artifactSchema: null,
        manifestSchema: null,
        ...declaredIn(sources),
      };
    },
    codeFiles: () => codeFiles,
    accept: async (input) => refuseLostIntegers(input),
    async prepare() {
      const { stamp } = await version();
      await pool.use(stamp, (worker) => worker.load());
    },
    async run(call, context) {
      context.signal.throwIfAborted();
      const given = moduleArguments(call);
      const { stamp } = await version();
      const answer = await pool.use(
        stamp,
        (worker) => worker.call(call, given, context),
        context.env,
      );
      return returnedAnswer(name, call, answer);
    },
    close: () => pool.close(),
  };
}

/**
 * The exports that can be read in the source without running it. The thread checks that the module
 * exports no other values.
 */
function declaredIn(sources: CodeVersion['sources']): ModuleDeclaration {
  const [source = ''] = sources.values();
  const said = (name: string): string | undefined =>
    new RegExp(
      String.raw`^export\s+const\s+${name}\s*(?::\s*string\s*)?=\s*(['"\`])(?<said>[^'"\`\n$]+)\1`,
      'm',
    ).exec(source)?.groups?.['said'];
  const format = said('inputFormat');
  const inputFormat = format === 'json' || format === 'bytes' ? format : undefined;
  return { inputFormat, artifactName: said('artifactName') };
}

function refuseMissing(name: string, file: string, error: unknown): never {
  if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR')
    throw new CabError('runner_not_found', `runner ${name}: there is no ${file}`, { cause: error });
  if (errnoOf(error) === 'EISDIR' || errnoOf(error) === 'EACCES')
    throw new CabError('runner_invalid', `runner ${name}: ${file} cannot be read`, {
      cause: error,
    });
  throw error;
}
