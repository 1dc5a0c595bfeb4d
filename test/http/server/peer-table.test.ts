import { writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PeerTable } from '../../../src/http/server/guard/peer-table.ts';
import { tempDir } from '../../helpers/temp-dir.ts';

const ends = (remoteAddress: string, localAddress = remoteAddress) => ({
  ...{ remoteAddress, remotePort: 0xd0f2, localAddress, localPort: 0x1fa3 },
});

/** A line of the table, as the kernel prints it for a peer whose user is 1000. */
const row = (address: string, state = '01', inode = '48213'): string =>
  `  12: ${address}:D0F2 ${address}:1FA3 ${state} 00000000:00000000 00:00000000 00000000  1000        0 ${inode} 1\n`;

async function tableOf(files: Readonly<Record<string, string>>): Promise<PeerTable> {
  const dir = await tempDir();
  for (const [name, text] of Object.entries(files)) await writeFile(join(dir, name), text);
  return new PeerTable(dir);
}

describe.runIf(endianness() === 'LE')('the user at the other end', () => {
  const [v4, mapped] = ['0100007F', '0000000000000000FFFF00000100007F'];

  it.each([
    ['01', 1000],
    ['04', 1000],
    ['05', 1000],
    ['06', undefined],
    ['08', undefined],
  ])('is that of a row whose peer may still wait for the answer: state %s', async (state, uid) => {
    const table = await tableOf({ tcp: row(v4, state) });
    expect(await table.uidOf(ends('127.0.0.1'))).toBe(uid);
  });

  it('is not that of a row that belongs to no process, but of a later one', async () => {
    const left = row(v4, '01', '0');
    expect(await (await tableOf({ tcp: left })).uidOf(ends('127.0.0.1'))).toBeUndefined();
    const table = await tableOf({ tcp: left + row(v4) });
    expect(await table.uidOf(ends('127.0.0.1'))).toBe(1000);
  });

  it('is found for an IPv4 address in the table of IPv6, and for one that IPv6 names', async () => {
    const table = await tableOf({ tcp: '', tcp6: row(mapped) });
    expect(await table.uidOf(ends('127.0.0.1'))).toBe(1000);
    expect(await table.uidOf(ends('::ffff:127.0.0.1'))).toBe(1000);
    expect(await table.uidOf(ends('127.0.0.2'))).toBeUndefined();
  });

  it('is found for an address of IPv6, also with its interface', async () => {
    const table = await tableOf({ tcp: '', tcp6: row('000080FE000000000000000001000000') });
    for (const address of ['fe80::1', 'FE80::1', 'fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'])
      expect(await table.uidOf(ends(address)), address).toBe(1000);
    expect(await table.uidOf(ends('fe80::100'))).toBeUndefined();
  });
});
