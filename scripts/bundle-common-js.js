// The library for `require`. Node requires the ES module as well; Jest, bundlers and older loaders do not.
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, transform } from 'esbuild';
import { commonJs, onlyPoolOfUndici, withoutLocales } from './bundle-command-line.js';

/** Split as the ES module is, so that a program loads what it uses. Gives esbuild's metafile. */
export async function bundleCommonJs({ entries, outdir, external }) {
  const { outputFiles, metafile } = await build({
    entryPoints: entries,
    outdir,
    external,
    bundle: true,
    // Only ES modules can be split, so they are turned into CommonJS afterwards.
    format: 'esm',
    splitting: true,
    chunkNames: 'lib-[hash]',
    platform: 'node',
    target: 'node20.19',
    legalComments: 'none',
    logLevel: 'warning',
    metafile: true,
    write: false,
    plugins: [onlyPoolOfUndici, withoutLocales],
  });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      const { code } = await transform(await commonJs(text, external), {
        minifyWhitespace: true,
        platform: 'node',
        target: 'node20.19',
        logLevel: 'warning',
      });
      await writeFile(join(outdir, basename(path).replace(/\.js$/, '.cjs')), code);
    }),
  );
  return { metafile };
}
