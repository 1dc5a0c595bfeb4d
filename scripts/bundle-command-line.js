// The command line, built to start fast. Three things count, each worth 10 to 100 ms of a start:
// it is CommonJS, for Node starts the ES module loader only where it is needed; it is split, so that a command
// loads what it uses; and of oclif it holds what parses a command line, the rest being loaded where help, completion
// or an error asks for it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { build, transform } from 'esbuild';

const require = createRequire(import.meta.url);

export async function bundleCommandLine({ entries, outdir, external }) {
  const { outputFiles } = await build({
    entryPoints: entries,
    outdir,
    external,
    bundle: true,
    // Only ES modules can be split, so they are turned into CommonJS afterwards.
    format: 'esm',
    splitting: true,
    chunkNames: 'cli-[hash]',
    platform: 'node',
    target: 'node20.19',
    legalComments: 'none',
    logLevel: 'warning',
    write: false,
    plugins: [onlyHotOclif, withoutLocales],
  });
  await mkdir(outdir, { recursive: true });
  await Promise.all(
    outputFiles.map(async ({ path, text }) =>
      writeFile(join(outdir, commonJsName(basename(path))), await commonJs(text, external)),
    ),
  );
}

const commonJsName = (name) => name.replace(/\.js$/, '.cjs');

/** `external` are packages in CommonJS, which `import()` would start the ES module loader for. */
async function commonJs(text, external) {
  const loading = text
    .replace(/\bimport\("(\.\/[\w-]+)\.js"\)/g, 'Promise.resolve().then(() => require("$1.cjs"))')
    .replace(
      new RegExp(`\\bimport\\("(${external.join('|')})"\\)`, 'g'),
      'Promise.resolve().then(() => ({ default: require("$1") }))',
    );
  const { code } = await transform(loading, {
    format: 'cjs',
    platform: 'node',
    target: 'node20.19',
    define: { 'import.meta.url': '__moduleUrl' },
    logLevel: 'warning',
  });
  const linked = code
    .replace(/\brequire\("(\.\/[\w-]+)\.js"\)/g, 'require("$1.cjs")')
    .replace(/^var (import_\w+) = (require\("node:[\w/]+"\));$/gm, 'var $1 = __lazy(() => $2);');
  const head = [];
  if (linked.includes('__moduleUrl'))
    head.push('const __moduleUrl = require("node:url").pathToFileURL(__filename).href;');
  if (linked.includes('__lazy(')) head.push(lazySource);
  return [...head, linked].join('\n');
}

/** A stand-in for a module, which loads it when something of it is used. */
const lazySource = `const __lazy = (load) => {
  let loaded;
  const module = () => (loaded ??= load());
  return new Proxy(function () {}, {
    get: (_, key) => module()[key],
    apply: (_, self, args) => Reflect.apply(module(), self, args),
    construct: (_, args) => Reflect.construct(module(), args),
  });
};
const __oclif = (file) => {
  const { dirname, join } = require("node:path");
  const folder = join(dirname(require.resolve("@oclif/core/package.json")), "lib");
  return require("node:module").createRequire(join(folder, "index.js"))(file);
};`;

/** The modules of oclif that parsing a command line needs, by their path below `lib`. */
const hot = ['args', 'cache', 'command', 'flags', 'parser/index', 'parser/parse', 'parser/validate']
  .concat(['util/aggregate-flags', 'util/util', 'logger'])
  .map((name) => `${name}.js`);

const onlyHotOclif = {
  name: 'only-hot-oclif',
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /^@oclif\/core$/ }, ({ path }) => ({ path, external: true }));
    onLoad({ filter: /[\\/]@oclif[\\/]core[\\/]lib[\\/].*\.js$/ }, async ({ path }) => {
      const [folder, file] = path.split(/(?<=[\\/]@oclif[\\/]core[\\/]lib)[\\/]/);
      if (file === 'logger.js') return { contents: silentLogger };
      const source = await readFile(path, 'utf8');
      const contents = source.replace(
        /^const (\w+) = (?:__import(?:Default|Star)\()?require\("([^"]+)"\)\)?;$/gm,
        (statement, name, wanted) => {
          const target = modulePath(folder, dirname(path), wanted);
          return target === undefined || hot.includes(target.replace(/^\.\//, ''))
            ? statement
            : `const ${name} = __lazy(() => __oclif("${target}"));`;
        },
      );
      return { contents, loader: 'js' };
    });
  },
};

/** As it is required from `lib`; undefined for a module of Node's own. */
function modulePath(folder, from, wanted) {
  if (isBuiltin(wanted)) return undefined;
  if (!wanted.startsWith('.')) return wanted;
  return `./${relative(folder, require.resolve(join(from, wanted)))}`;
}

/** `DEBUG=oclif` tells of plugins and their discovery, which the hot commands do without. */
const silentLogger = 'exports.makeDebug = () => () => {};';

/** zod's messages in fifty languages come along with a mention of `z.core`; those of cab are its own. */
const withoutLocales = {
  name: 'without-locales',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: '' }));
  },
};
