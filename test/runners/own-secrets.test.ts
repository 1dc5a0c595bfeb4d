import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { allSettings } from '../../src/cli/settings/flags.ts';
import { envOf } from '../../src/cli/settings/setting.ts';
import { ownSecrets } from '../../src/runners/process/own-secrets.ts';
import { resolveRunner } from '../../src/compose/resolve-runner.ts';
import { newCall } from '../contract/runner.ts';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cab-secrets-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

it('every setting that is a secret is kept from runners', () => {
  const secret = allSettings.filter((setting) => setting.secret === true).map(envOf);
  expect(secret).toContain('CAB_TOKEN');
  for (const name of secret) expect(ownSecrets).toContain(name);
});

const module = `import { writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
export const run = ({ artifact_path }) => {
  const inherited = execFileSync('env', { encoding: 'utf8' });
  writeFileSync(artifact_path, JSON.stringify(process.env) + inherited);
};`;
const python = `import json, os
def run(features_path, out_root, **more):
    artifact_path = os.path.join(out_root, "told.json")
    open(artifact_path, "w").write(json.dumps(dict(os.environ)))
    return {"artifact": artifact_path}
`;

it.each(['exec:env', 'sh:env', './tell.mjs', 'tell:run'])(
  'a runner inherits the environment without them: %s',
  async (spec) => {
    await writeFile(join(root, 'tell.mjs'), module);
    await writeFile(join(root, 'tell.py'), python);
    const secrets = { CAB_TOKEN: 'hush', CAB_SERVE_TOKEN_FILE: '/run/hush' };
    const env = { ...process.env, ...secrets, PYTHONPATH: root, KEPT: 'kept' };
    const runner = resolveRunner(spec, { cwd: root, env });
    try {
      const { call, context } = await newCall(root, {});
      const { artifact } = await runner.run(call, context);
      const text = await readFile(artifact, 'utf8');
      expect(text).toContain('kept');
      expect(text).not.toContain('hush');
    } finally {
      await runner.close();
    }
  },
);
