/**
 * Finds the user at the other end of a connection within this machine, from Linux's tables. Both ends of a connection
 * have a row in `/proc/net/tcp` or `tcp6`. The peer's row has the peer's address first and this process's second.
 *
 *   sl  local_address rem_address   st tx_queue:rx_queue tr:tm->when retrnsmt  uid  timeout inode
 *   12: 0100007F:D0F2 0100007F:1FA3 01 00000000:00000000 00:00000000 00000000  1000       0 48213
 *
 * A row without an inode belongs to no process any more. Its uid is 0, whoever the user was.
 */
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';
import { join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';

/** The ends of a connection, as its socket in this process has them. */
export interface Ends {
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

interface Read {
  readonly running: Promise<string>;
  next: Promise<string> | undefined;
}

export class PeerTable {
  readonly #dir: string;
  readonly #underWay = new Map<string, Read>();

  constructor(dir = '/proc/net') {
    this.#dir = dir;
  }

  /** False if the system has no such table. */
  async isThere(): Promise<boolean> {
    try {
      await readFile(join(this.#dir, 'tcp'));
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      return false;
    }
  }

  /** Undefined if no row matches: the peer is gone, or is in another network namespace. @throws system errors */
  async uidOf(ends: Ends): Promise<number | undefined> {
    // The system gives the table in pieces, and may skip a row if a neighbour row ends between two pieces.
    return (await this.#search(ends)) ?? (await this.#search(ends));
  }

  async #search(ends: Ends): Promise<number | undefined> {
    for (const { table, row } of rowsOf(ends)) {
      const uid = uidIn(await this.#read(table), row);
      if (uid !== undefined) return uid;
    }
    return undefined;
  }

  /**
   * Runs one read at a time for each table. A caller that arrives during a read waits for the next one, because the current
   * one may already have passed its row.
   */
  #read(table: string): Promise<string> {
    const current = this.#underWay.get(table);
    if (current === undefined) return this.#start(table);
    const again = (): Promise<string> => this.#start(table);
    return (current.next ??= current.running.then(again, again));
  }

  #start(table: string): Promise<string> {
    const read: Read = { running: this.#text(table), next: undefined };
    this.#underWay.set(table, read);
    const leave = (): void => {
      if (read.next === undefined && this.#underWay.get(table) === read)
        this.#underWay.delete(table);
    };
    read.running.then(leave, leave);
    return read.running;
  }

  /** A system without IPv6 has only one table. */
  async #text(table: string): Promise<string> {
    try {
      return await readFile(join(this.#dir, table), 'latin1');
    } catch (error) {
      if (table === 'tcp6' && errnoOf(error) === 'ENOENT') return '';
      throw error;
    }
  }
}

/**
 * The tables that may hold the peer's row, and how the row begins. A program may reach an IPv4 address
 * through an IPv6 socket.
 */
function rowsOf(ends: Ends): { readonly table: string; readonly row: string }[] {
  const [remote, local] = [plain(ends.remoteAddress), plain(ends.localAddress)];
  const row = (hex: (address: string) => string): string =>
    `: ${hex(remote)}:${portHex(ends.remotePort)} ${hex(local)}:${portHex(ends.localPort)} `;
  if (!isIPv4(remote)) return [{ table: 'tcp6', row: row((address) => hexOf(ipv6(address))) }];
  return [
    { table: 'tcp', row: row((address) => hexOf(ipv4(address))) },
    { table: 'tcp6', row: row((address) => hexOf([...mapped, ...ipv4(address)])) },
  ];
}

/** ESTABLISHED, FIN_WAIT1, FIN_WAIT2: a peer that has finished sending may still wait for the answer. */
const open = new Set(['01', '04', '05']);

function uidIn(text: string, row: string): number | undefined {
  for (let at = text.indexOf(row); at >= 0; at = text.indexOf(row, at + 1)) {
    const line = text.slice(at + row.length, at + row.length + mostOfRow);
    const [state = '', , , , uid = '', , inode = '0'] = line.split(/\s+/);
    if (open.has(state) && inode !== '0' && /^\d+$/.test(uid)) return Number(uid);
  }
  return undefined;
}

/** Characters, more than a row has from the state to the inode. */
const mostOfRow = 120;

const mapped = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/** A listener on IPv6 names an IPv4 peer `::ffff:127.0.0.1`. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');

const ipv4 = (address: string): number[] => address.split('.').map(Number);

/** 16 bytes. An interface may follow the address: `fe80::1%eth0`. */
function ipv6(address: string): number[] {
  const [head = '', tail = ''] = address.replace(/%.*$/, '').split('::');
  const [before, after] = [bytesIn(head), bytesIn(tail)];
  return [...before, ...Array<number>(16 - before.length - after.length).fill(0), ...after];
}

const bytesIn = (groups: string): number[] =>
  groups
    .split(':')
    .filter(Boolean)
    .flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]);

/** The kernel prints every four bytes as one number, in the byte order of this machine. */
function hexOf(bytes: readonly number[]): string {
  const isLittle = endianness() === 'LE';
  let text = '';
  for (let at = 0; at < bytes.length; at += 4) {
    const word = bytes.slice(at, at + 4);
    text += Buffer.from(isLittle ? word.reverse() : word).toString('hex');
  }
  return text.toUpperCase();
}

const portHex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
