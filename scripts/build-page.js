// The page that the daemon serves, built into dist/ui: scripts and styles under names that hold their digests, and
// index.html that names them. Only compressed forms are kept, `NAME.br` and `NAME.gz`.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createHash } from 'node:crypto';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { build } from 'esbuild';

const base = '/ui/assets';

/** Gives esbuild's metafile. */
export async function buildPage({ source, outdir }) {
  const { outputFiles, metafile } = await build({
    entryPoints: { main: join(source, 'main.tsx') },
    outdir: 'assets',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    // The older form of JSX is smaller by a tenth, compressed.
    ...{ jsxFactory: 'h', jsxFragment: 'Fragment', inject: [join(source, 'app/jsx.ts')] },
    tsconfigRaw: {},
    plugins: [smallerPlot],
    charset: 'utf8',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: false,
  });
  await mkdir(outdir, { recursive: true });
  const files = new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
  const icon = await readFile(join(source, 'icon.svg'));
  files.set(`icon-${digestOf(icon)}.svg`, icon);
  const page = await readFile(join(source, 'index.html'), 'utf8');
  files.set('index.html', Buffer.from(named(page, [...files.keys()])));
  await Promise.all([...files].flatMap(([name, bytes]) => storedForms(join(outdir, name), bytes)));
  return { metafile };
}

/** The package's own smallest form, which its entry point is not. */
const smallerPlot = {
  name: 'smaller-plot',
  setup: ({ onResolve, onLoad, resolve }) => {
    onResolve({ filter: /^uplot$/ }, async ({ resolveDir, kind, pluginData }) => {
      if (pluginData === 'found') return undefined;
      const found = await resolve('uplot', { resolveDir, kind, pluginData: 'found' });
      return { path: join(dirname(found.path), 'uPlot.iife.min.js') };
    });
    onLoad({ filter: /uPlot\.iife\.min\.js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\nexport default uPlot;`,
    }));
  },
};

const digestOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 8);

/** Puts the built file in the place of each `NAME.EXTENSION` that the page names. */
const named = (page, files) =>
  page.replace(/"(main|icon)\.(js|css|svg)"/g, (_, name, extension) => {
    const file = files.find((each) => each.startsWith(`${name}-`) && each.endsWith(extension));
    return `"${base}/${file}"`;
  });

const storedForms = (path, bytes) => [
  writeFile(`${path}.br`, brotliCompressSync(bytes, brotliOf(bytes))),
  writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 })),
];

const brotliOf = (bytes) => ({
  params: {
    [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
    [constants.BROTLI_PARAM_QUALITY]: 11,
    [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
  },
});
