import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';

export interface TreeFindings {
  /** `config/source` of every whole, sound entry. */
  readonly entries: string[];
  /** What no reader may ever see: entries that are not whole or not sound, pointers to nothing. */
  readonly wrong: string[];
  /** What is left in staging and tmp. */
  readonly leftovers: string[];
}

/** Looks at a root from outside, with none of the project's own code. */
export async function inspectTree(root: string): Promise<TreeFindings> {
  const entries: string[] = [];
  const wrong: string[] = [];
  for (const config of (await names(join(root, 'echo'))).filter((name) => name !== 'index')) {
    for (const source of await names(join(root, 'echo', config))) {
      const problem = await entryProblem(join(root, 'echo', config, source));
      if (problem === undefined) entries.push(`${config}/${source}`);
      else wrong.push(`${config}/${source}: ${problem}`);
    }
  }
  for (const name of await names(join(root, 'echo/index'))) {
    const pointer = await readJson(join(root, 'echo/index', name));
    const target = `${String(pointer?.['config_hash'])}/${String(pointer?.['source_hash'])}`;
    if (!entries.includes(target)) wrong.push(`pointer ${name} leads to ${target}`);
  }
  const leftovers = [
    ...(await names(join(root, '.cab/staging'))).filter((name) => !isSpare(name)),
    ...(await names(join(root, '.cab/tmp'))),
  ];
  return { entries, wrong, leftovers };
}

/** A directory that a living worker keeps for its next attempt. */
function isSpare(name: string): boolean {
  const [, pid] = /^idle\.(\d+)\./.exec(name) ?? [];
  if (pid === undefined) return false;
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
}

async function entryProblem(dir: string): Promise<string | undefined> {
  const manifest = await readJson(join(dir, 'manifest.json'));
  const artifact = manifest?.['artifact'];
  if (typeof artifact !== 'object' || artifact === null) return 'no manifest';
  const { path, sha256 } = artifact as Record<string, unknown>;
  try {
    const bytes = await readFile(join(dir, String(path)));
    const actual = createHash('sha256').update(bytes).digest('hex');
    return actual === sha256 ? undefined : 'bytes do not match';
  } catch {
    return 'no artifact';
  }
}

async function readJson(file: string): Promise<Record<string, unknown> | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

async function names(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch {
    return [];
  }
}

/** What every path below a folder holds; links as they are. */
export async function filesBelow(top: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const item of await readdir(top, { recursive: true, withFileTypes: true })) {
    const path = join(item.parentPath, item.name);
    const name = path.slice(top.length);
    if (item.isFile()) found[name] = await readFile(path, 'utf8');
    else found[name] = item.isSymbolicLink() ? `to ${await readlink(path)}` : 'folder';
  }
  return found;
}
