import { spawnSync } from 'node:child_process';

/** What a Python program prints for a JSON value on standard input; undefined where there is no Python 3.11 (its `pstdev` rounds once). */
export function askPython(program: string, input: unknown): unknown {
  const prelude =
    'import json, sys\nif sys.version_info < (3, 11): sys.exit(86)\nasked = json.load(sys.stdin)\n';
  const ran = spawnSync('python3', ['-c', prelude + program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  if (ran.error !== undefined || ran.status === 86) return undefined;
  if (ran.status !== 0) throw new Error(ran.stderr);
  const answer: unknown = JSON.parse(ran.stdout);
  return answer;
}
