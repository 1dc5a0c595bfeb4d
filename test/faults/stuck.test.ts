/**
 * One thing that nobody can remove: a mount, an immutable file, a file of another user, a directory that a runner closed.
 * It must fail no job and stop no command; it is told, passed over, and tried again.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from '../helpers/until.ts';
import { ended, isRoot, users, workplace, type User, type Workplace } from './rig/users.ts';
import { chooseSeed, isLong } from './rig/sizes.ts';

const seed = chooseSeed('stuck');

interface Obstacle {
  readonly name: string;
  /** What it leaves in the directory, so that it cannot be removed. False where this machine cannot do it. */
  readonly put: (dir: string) => boolean;
  readonly take: (dir: string) => void;
  readonly reason: RegExp;
  /** Root passes over the permissions of others. */
  readonly stopsRoot: boolean;
}

const sh = (line: string, dir: string): boolean =>
  spawnSync('sh', ['-ec', line, 'sh', dir], { stdio: 'ignore' }).status === 0;

const obstacles: readonly Obstacle[] = [
  {
    name: 'a mount',
    put: (dir) => sh('mkdir "$1/m"; mount -t tmpfs tmpfs "$1/m"; echo x > "$1/m/theirs"', dir),
    take: (dir) => sh('umount "$1/m"', dir),
    reason: /it is mounted/,
    stopsRoot: true,
  },
  {
    name: 'an immutable file',
    put: (dir) => sh('echo x > "$1/f"; chattr +i "$1/f"', dir),
    take: (dir) => sh('chattr -i "$1/f"', dir),
    reason: /immutable|belongs to user 0/,
    stopsRoot: true,
  },
  {
    name: "another user's directory",
    put: (dir) => sh('mkdir -m 755 "$1/d"; echo x > "$1/d/theirs"', dir),
    take: (dir) => sh('rm -r "$1/d"', dir),
    reason: /belongs to user 0/,
    stopsRoot: false,
  },
];

let at: Workplace;
let input = 0;

describe.each(users)('as $name', (user) => {
  beforeEach(async () => {
    at = await workplace(user);
  });
  afterEach(() => at.remove());

  /** Submits a job, and puts the obstacle into its staging while it runs. */
  async function submitWith({ put }: Obstacle) {
    const file = join(at.dir, `in-${(input += 1)}.json`);
    await writeFile(file, `${input}`);
    // A file that the line names is a part of its version, and this one writes and awaits some.
    const line = `D=$(dirname "$CAB_FEATURES_PATH"); echo "$CAB_OUT_ROOT" > "$D/where.new"
      mv "$D/where.new" "$D/where"
      while [ ! -e "$D/go" ]; do sleep 0.02; done; echo made > "$CAB_ARTIFACT_PATH"`;
    const command = at.start('submit', file, '--runner', `sh:${line}`, '--wait', '--offline');
    const end = ended(command);
    const where = await until(() => readFile(join(at.dir, 'where'), 'utf8').catch(() => undefined));
    const isPut = put(where.trim());
    await writeFile(join(at.dir, 'go'), '');
    return { ...(await end), isPut };
  }

  const submitOther = async () => {
    const file = join(at.dir, `in-${(input += 1)}.json`);
    await writeFile(file, `${input}`);
    return at.run('submit', file, '--runner', 'sh:echo made', '--wait', '--offline');
  };

  const applies = ({ stopsRoot }: Obstacle, { uid }: User): boolean =>
    isRoot && (stopsRoot || uid !== 0);

  const ofUser = obstacles.filter((obstacle) => applies(obstacle, user));
  // In the short form one of them, another one with another seed.
  const chosen = ofUser.filter((_, n) => isLong || n === seed % ofUser.length);

  describe.each(chosen)('$name in staging', (obstacle) => {
    it('fails no job and no command, is told and passed over, and goes once it can', async (context) => {
      const first = await submitWith(obstacle);
      if (!first.isPut) context.skip('this machine cannot make it');
      expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('done') as string });
      expect(await submitOther()).toMatchObject({ code: 0 });
      const doctor = await at.run('doctor');
      expect(doctor.stdout).toMatch(obstacle.reason);
      const collected = await at.run('gc', '--json');
      expect(collected).toMatchObject({ code: 0 });
      expect(collected.stdout).toMatch(obstacle.reason);
      expect(await at.run('verify', '--repair')).toMatchObject({ signal: null });
      const [left = ''] = await readdir(join(at.root, '.cab/staging'));
      if (obstacle.name === 'a mount')
        expect(existsSync(join(at.root, '.cab/staging', left, 'm/theirs'))).toBe(true);
      obstacle.take(join(at.root, '.cab/staging', left));
      expect(await at.run('gc', '--json')).toMatchObject({ code: 0 });
      expect(await readdir(join(at.root, '.cab/staging'))).toEqual([]);
      expect((await at.run('doctor')).stdout).not.toMatch(obstacle.reason);
    });

    it('stops no daemon, which tells it once', async (context) => {
      const first = await submitWith(obstacle);
      if (!first.isPut) context.skip('this machine cannot make it');
      const daemon = at.start('serve', '--port', '0', '--runner', 'sh:echo made');
      const log = { text: '' };
      daemon.stderr?.setEncoding('utf8').on('data', (text: string) => (log.text += text));
      await until(() => log.text.includes('"serving"'));
      for (let n = 0; n < 3; n += 1) {
        const file = join(at.dir, `in-${(input += 1)}.json`);
        await writeFile(file, `${input}`);
        expect(await at.run('submit', file, '--runner', 'sh:echo made', '--wait')).toMatchObject({
          code: 0,
        });
      }
      const end = ended(daemon);
      daemon.kill('SIGTERM');
      expect(await end).toMatchObject({ code: 0 });
      const told = log.text.split('\n').filter((line) => line.includes('cannot be removed'));
      expect(told).toHaveLength(1);
      expect(log.text).not.toContain('the worker stopped');
    });

    it('in the trash, in quarantine and among files on their way stops no collection', async (context) => {
      expect(await submitOther()).toMatchObject({ code: 0 });
      const own = join(at.root, '.cab');
      const places = [
        join(own, 'trash/deleting-20260101T000000000Z-1-00000000'),
        join(own, 'quarantine/1000000000000-1-a-b'),
        join(own, 'tmp/0-1-1-x'),
        join(own, 'staging/removing.x'),
      ];
      for (const place of places) {
        const words = [...user.as, 'mkdir', '-p', place];
        spawnSync(words[0] ?? '', words.slice(1));
        if (!obstacle.put(place)) context.skip('this machine cannot make it');
        await utimes(place, 0, 0);
      }
      const collected = await at.run('gc', '--quarantine-days', '1', '--json');
      expect(collected).toMatchObject({ code: 0 });
      expect(collected.stdout).toMatch(obstacle.reason);
      expect(await submitOther()).toMatchObject({ code: 0 });
      for (const place of places) {
        const lies = await whereItLies(place);
        obstacle.take(lies);
        await utimes(lies, 0, 0);
      }
      expect(await at.run('gc', '--quarantine-days', '1', '--json')).toMatchObject({ code: 0 });
      for (const place of places) expect(existsSync(place)).toBe(false);
    });
  });

  it('a directory that its runner closed is opened and removed', async () => {
    const file = join(at.dir, 'in.json');
    await writeFile(file, '1');
    const line = `mkdir -p "$CAB_OUT_ROOT/a/b"; echo x > "$CAB_OUT_ROOT/a/b/c"; echo made > "$CAB_ARTIFACT_PATH"
      home=$(dirname "$CAB_ARTIFACT_PATH")
      for path in a/b/c a/b a; do chmod 0 "$CAB_OUT_ROOT/$path"; done; chmod 0 "$CAB_ARTIFACT_PATH"; chmod 0 "$home"`;
    expect(await at.run('submit', file, '--runner', `sh:${line}`, '--wait')).toMatchObject({
      code: 0,
    });
    expect(await readdir(join(at.root, '.cab/staging'))).toEqual([]);
  });

  it.runIf(isRoot)("publishes a runner's file that belongs to another user", async () => {
    const other = user.uid === 0 ? 65534 : 0;
    const line = `echo theirs > "$1/entry/extra.txt"; chown ${other} "$1/entry/extra.txt"; chmod 444 "$1/entry/extra.txt"`;
    const own = (dir: string): boolean => sh(line, dir);
    const ending = await submitWith({ ...(obstacles[0] as Obstacle), put: own });
    expect(ending).toMatchObject({ code: 0, isPut: true });
    const artifact = ending.stdout.trim().split(/\s+/).at(-1) ?? '';
    const place = join(dirname(artifact), 'extra.txt');
    expect(await readFile(place, 'utf8')).toBe('theirs\n');
  });
});

/** Evidence is moved to the trash before it goes. */
async function whereItLies(place: string): Promise<string> {
  if (existsSync(place) || !place.includes('quarantine')) return place;
  const trash = join(dirname(dirname(place)), 'trash');
  const moved = (await readdir(trash)).find((name) => name.includes('1000000000000'));
  await mkdir(trash, { recursive: true });
  return join(trash, moved ?? '');
}
