// Writes dist/index.d.ts: the types of the library in one file, with those of zod that they are made of, so that the
// installed package refers to no package but Node's types.
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';

const bundle = await rollup({
  input: 'src/index.ts',
  external: /^node:/,
  plugins: [dts({ tsconfig: 'tsconfig.build.json', respectExternal: true })],
  onwarn: ({ message }) => {
    throw new Error(message);
  },
});
await bundle.write({ file: 'dist/index.d.ts', format: 'es' });
await bundle.close();
