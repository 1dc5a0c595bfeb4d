/**
 * What may lie on a disk after a loss of power, as POSIX lets it be, which is less than any file system in use keeps:
 *
 *   a file's bytes      those of its last fsync; of what was written since, any 512-byte sectors, or none
 *   a directory's names those of its last fsync; of what was changed since, any beginning, or none
 *   a file's name       is the directory's: an fsync of the file does not keep it
 *   a rename            reaches each of two directories with that one's fsync, so that the file may lie in both or in
 *                       neither meanwhile; within one directory it is one change
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DiskRecord } from './records.ts';

type Change =
  | { readonly kind: 'write'; readonly offset: number; readonly data: Buffer }
  | { readonly kind: 'resize'; readonly size: number };

interface FileNode {
  readonly kind: 'file';
  synced: Buffer;
  unsynced: Change[];
}

type NameChange = readonly (readonly [name: string, node: Node | undefined])[];

interface DirNode {
  readonly kind: 'dir';
  readonly names: Map<string, Node>;
  synced: Map<string, Node>;
  unsynced: NameChange[];
}

type Node = FileNode | DirNode;

/** How much of what was not synced survives: a number from 0 (nothing) to 1 (everything), asked anew for each part. */
export interface Fate {
  /** Whether a sector, or a change of size, is kept. */
  keeps(): boolean;
  /** How many of the changes of a directory are kept. */
  first(changes: number): number;
}

export const nothing: Fate = { keeps: () => false, first: () => 0 };
export const everything: Fate = { keeps: () => true, first: (changes) => changes };

export function chance(random: () => number): Fate {
  const share = [0.1, 0.5, 0.9][Math.floor(random() * 3)] ?? 0.5;
  return {
    keeps: () => random() < share,
    first: (changes) => Math.floor(random() * (changes + 1)),
  };
}

const sector = 512;

export class DiskModel {
  readonly #nodes = new Map<number, Node>();
  readonly #top: DirNode = newDir();

  /** `top`: the inode of a directory that was there before, and whose names outlive everything. */
  constructor(top: number) {
    this.#nodes.set(top, this.#top);
  }

  apply(record: DiskRecord): void {
    switch (record.kind) {
      case 'write':
      case 'resize':
        this.#file(record.inode)?.unsynced.push(record);
        break;
      case 'sync':
        syncFile(this.#file(record.inode));
        break;
      case 'sync-names':
        syncNames(this.#dir(record.inode));
        break;
      case 'sync-all':
        for (const node of this.#nodes.values()) {
          if (node.kind === 'file') syncFile(node);
          else syncNames(node);
        }
        break;
      case 'make': {
        // A number that was given out before has become another file.
        const node = record.isDir ? newDir() : newFile();
        this.#nodes.set(record.inode, node);
        change(this.#dir(record.dir), [[record.name, node]]);
        break;
      }
      case 'link':
        change(this.#dir(record.dir), [[record.name, this.#nodes.get(record.inode)]]);
        break;
      case 'remove':
        change(this.#dir(record.dir), [[record.name, undefined]]);
        break;
      case 'rename':
        this.#rename(record.from, record.to);
        break;
      case 'say':
        break;
      default:
        record satisfies never;
    }
  }

  /** Puts what survives below `name` of the top directory at `place`, which is not there yet. False: nothing did. */
  async materialize(name: string, place: string, fate: Fate): Promise<boolean> {
    const node = surviving(this.#top, fate).get(name);
    if (node === undefined) return false;
    await put(node, place, fate);
    return true;
  }

  #rename(from: { dir: number; name: string }, to: { dir: number; name: string }): void {
    const [source, target] = [this.#dir(from.dir), this.#dir(to.dir)];
    const node = source?.names.get(from.name);
    const moves: NameChange = [
      [from.name, undefined],
      [to.name, node],
    ];
    if (source === target) change(source, moves);
    else {
      change(source, moves.slice(0, 1));
      change(target, moves.slice(1));
    }
  }

  /** Undefined for what is none of the root's. */
  #file(inode: number): FileNode | undefined {
    const node = this.#nodes.get(inode);
    return node?.kind === 'file' ? node : undefined;
  }

  #dir(inode: number): DirNode | undefined {
    const node = this.#nodes.get(inode);
    return node?.kind === 'dir' ? node : undefined;
  }
}

const newFile = (): FileNode => ({ kind: 'file', synced: Buffer.alloc(0), unsynced: [] });
const newDir = (): DirNode => ({ kind: 'dir', names: new Map(), synced: new Map(), unsynced: [] });

function change(dir: DirNode | undefined, changes: NameChange): void {
  if (dir === undefined) return;
  applyNames(dir.names, changes);
  dir.unsynced.push(changes);
}

function applyNames(names: Map<string, Node>, changes: NameChange): void {
  for (const [name, node] of changes) {
    if (node === undefined) names.delete(name);
    else names.set(name, node);
  }
}

function syncNames(dir: DirNode | undefined): void {
  if (dir === undefined) return;
  dir.synced = new Map(dir.names);
  dir.unsynced = [];
}

function syncFile(file: FileNode | undefined): void {
  if (file === undefined) return;
  file.synced = contentOf(file, everything);
  file.unsynced = [];
}

function surviving(dir: DirNode, fate: Fate): Map<string, Node> {
  const names = new Map(dir.synced);
  for (const changes of dir.unsynced.slice(0, fate.first(dir.unsynced.length)))
    applyNames(names, changes);
  return names;
}

function contentOf({ synced, unsynced }: FileNode, fate: Fate): Buffer {
  if (unsynced.length === 0) return synced;
  let content: Buffer = Buffer.from(synced);
  for (const one of unsynced) {
    if (one.kind === 'resize') {
      if (fate.keeps()) content = resized(content, one.size);
      continue;
    }
    for (const { at, bytes } of sectorsOf(one.offset, one.data)) {
      if (!fate.keeps()) continue;
      if (content.length < at + bytes.length) content = resized(content, at + bytes.length);
      bytes.copy(content, at);
    }
  }
  return content;
}

const resized = (content: Buffer, size: number): Buffer =>
  size <= content.length
    ? content.subarray(0, size)
    : Buffer.concat([content, Buffer.alloc(size - content.length)]);

function* sectorsOf(offset: number, data: Buffer): Iterable<{ at: number; bytes: Buffer }> {
  for (let at = offset; at < offset + data.length;) {
    const end = Math.min(offset + data.length, (Math.floor(at / sector) + 1) * sector);
    yield { at, bytes: data.subarray(at - offset, end - offset) };
    at = end;
  }
}

async function put(node: Node, place: string, fate: Fate): Promise<void> {
  if (node.kind === 'file') return writeFile(place, contentOf(node, fate));
  await mkdir(place);
  for (const [name, child] of surviving(node, fate)) await put(child, join(place, name), fate);
}
