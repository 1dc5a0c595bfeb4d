// The command line, built to start fast. Three things count, each worth 10 to 100 ms of a start:
// it is CommonJS, for Node starts the ES module loader only where it is needed; it is split, so that a command
// loads what it uses; and of oclif it holds what parses a command line, the rest being loaded where help, completion
// or an error asks for it.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { build, transform } from 'esbuild';

const require = createRequire(import.meta.url);

/**
 * `hot` are the sources of what a start is measured by; with all that they import they become one file. `work` are the sources
 * of what runs a job: what they import beside becomes a second file, which a start that runs no job does not read. `late` are
 * sources that few starts use: they lie in the second file too, and are run when something of them is used. Gives esbuild's
 * metafile.
 */
export async function bundleCommandLine({ entries, hot, work, late, outdir, external }) {
  const { outputFiles, metafile } = await splitModules({
    entries,
    outdir,
    external,
    chunkNames: 'cli-[hash]',
    plugins: [onlyHotOclif],
  });
  await mkdir(outdir, { recursive: true });
  const chunks = new Map();
  const lateChunks = chunksOf(metafile, late);
  for (const { path, text } of outputFiles)
    chunks.set(commonJsName(basename(path)), await commonJs(text, external, lateChunks));
  const all = packedChunks(metafile, [...hot, ...work]);
  const started = packedChunks(metafile, hot, lateChunks);
  const later = new Set([...all, ...lateChunks].filter((name) => !started.has(name)));
  const files = [...chunks]
    .filter(([name]) => !started.has(name) && !later.has(name))
    .map(([name, code]) => [name, fromPack(code, new Set([...started, ...later]))]);
  const coded = (names) => [...names].map((name) => [name, chunks.get(name)]);
  files.push(['cli.cjs', await compact(pack(coded(started), startHead([...later])))]);
  files.push(['work.cjs', await compact(pack(coded(later), workHead))]);
  await Promise.all(files.map(([name, code]) => writeFile(join(outdir, name), code)));
  return { metafile };
}

/** Bundles sources that share chunks. Gives esbuild's metafile and files, which are ES modules: no other can be split. */
export function splitModules({ entries, outdir, external, chunkNames, plugins = [] }) {
  return build({
    entryPoints: entries,
    outdir,
    external,
    bundle: true,
    format: 'esm',
    splitting: true,
    chunkNames,
    ...onNode,
    legalComments: 'none',
    metafile: true,
    write: false,
    plugins: [...plugins, onlyPoolOfUndici, withoutLocales],
  });
}

const onNode = { platform: 'node', target: 'node20.19', logLevel: 'warning' };

/** The code without its white space. */
export async function minify(code, more = {}) {
  const minified = await transform(code, { minifyWhitespace: true, ...onNode, ...more });
  return minified.code;
}

/** The chunks that hold these sources, and those that these import; none that is late. */
function packedChunks({ outputs }, sources, late = []) {
  const found = new Set();
  const add = (path) => {
    const name = commonJsName(basename(path));
    if (found.has(name) || late.includes(name)) return;
    found.add(name);
    for (const { path: imported, kind, external } of outputs[path].imports)
      if (kind === 'import-statement' && !external) add(imported);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs))
    if (sources.includes(entryPoint)) add(path);
  return found;
}

/** The names of the chunks that hold these sources. */
const chunksOf = ({ outputs }, sources) =>
  Object.entries(outputs)
    .filter(([, { inputs }]) => sources.some((source) => Object.hasOwn(inputs, source)))
    .map(([path]) => commonJsName(basename(path)));

/** Chunks as functions of one file, each run when it is first asked for: finding and opening a file takes a millisecond. */
function pack(chunks, head) {
  const functions = chunks.map(
    ([name, code]) =>
      `${JSON.stringify(`./${name}`)}: (function (module, exports, require) {\n${code}\n})`,
  );
  return `${head}
const chunks = {\n${functions.join(',\n')}\n};
const loaded = new Map();
const load = (name) => {
  if (!Object.hasOwn(chunks, name)) return elsewhere(name);
  let module = loaded.get(name);
  if (module === undefined) {
    loaded.set(name, (module = { exports: {} }));
    chunks[name](module, module.exports, load);
  }
  return module.exports;
};
load.resolve = require.resolve;
exports.load = load;
exports.main = (...args) => load("./cli.cjs").main(...args);
`;
}

/** The second file is compiled as bin/run.js compiles the first. The build takes its code from `exports.work`. */
const startHead = (
  later,
) => `const later = new Set(${JSON.stringify(later.map((name) => `./${name}`))});
let work;
const elsewhere = (name) => (later.has(name) ? (work ??= loadWork()).load(name) : require(name));
const loadWork = () => {
  const { readFileSync } = require("node:fs");
  const { join } = require("node:path");
  const { Script } = require("node:vm");
  const filename = join(__dirname, "work.cjs");
  let cachedData;
  try {
    cachedData = readFileSync(join(__dirname, "work.cache"));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  exports.work = new Script(readFileSync(filename, "latin1"), {
    filename: exports.workName ?? filename,
    cachedData,
  });
  const bundle = { exports: {} };
  exports.work.runInThisContext()(bundle.exports, load, bundle, filename, __dirname);
  return bundle.exports;
};`;

/** `require` is the first file's: it finds its chunks, and everything that is in neither file. */
const workHead = 'const elsewhere = (name) => require(name);';

/**
 * Each start reads and keeps all of it: white space is a fifth, and ASCII alone is kept in one byte a character. As a script it
 * is the function that Node would wrap it in, which takes a copy; required, it is a module all the same.
 */
async function compact(code) {
  const small = await minify(code, { minifySyntax: true, charset: 'ascii' });
  const names = 'exports, require, module, __filename, __dirname';
  return `((run) => typeof module === "object" ? run(${names}) : run)(function (${names}) {\n${small}});\n`;
}

/** A chunk that is not packed, taking what is packed from there. */
function fromPack(code, packed) {
  const linked = code.replace(/\brequire\("\.\/([\w-]+\.cjs)"\)/g, (call, name) =>
    packed.has(name) ? `__packed("./${name}")` : call,
  );
  return linked === code ? code : `const __packed = require("./cli.cjs").load;\n${linked}`;
}

export const commonJsName = (name) => name.replace(/\.js$/, '.cjs');

/** The text of an ES module as CommonJS. `external` are packages in CommonJS, which `import()` would start the ES module loader for. */
export async function commonJs(text, external, late = []) {
  const loading = text
    .replace(/\bimport\("(\.\/[\w-]+)\.js"\)/g, 'Promise.resolve().then(() => require("$1.cjs"))')
    .replace(
      new RegExp(`\\bimport\\("(${external.join('|')})"\\)`, 'g'),
      'Promise.resolve().then(() => ({ default: require("$1") }))',
    );
  const { code } = await transform(loading, {
    format: 'cjs',
    define: { 'import.meta.url': '__moduleUrl' },
    ...onNode,
  });
  const linked = code
    .replace(/\brequire\("(\.\/[\w-]+)\.js"\)/g, 'require("$1.cjs")')
    .replace(/^var (import_\w+) = (require\("([\w:./-]+)"\));$/gm, (statement, name, call, path) =>
      path.startsWith('node:') || late.includes(basename(path))
        ? `var ${name} = __lazy(() => ${call});`
        : statement,
    );
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

/** Of the HTTP client a broker needs connections and requests, which is a third of it; caches, `fetch` and the rest stay out. */
const onlyPoolOfUndici = {
  name: 'only-pool-of-undici',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]undici[\\/]index\.js$/ }, () => ({
      contents: `const Dispatcher = require('./lib/dispatcher/dispatcher');
Object.assign(Dispatcher.prototype, require('./lib/api'));
exports.Pool = require('./lib/dispatcher/pool');
exports.errors = require('./lib/core/errors');`,
    }));
  },
};

/** zod's messages in fifty languages come along with a mention of `z.core`; those of cab are its own. */
const withoutLocales = {
  name: 'without-locales',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({ contents: '' }));
  },
};
