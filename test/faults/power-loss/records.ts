/** The log of recorder.c, whose head describes it, as values. */
export type DiskRecord =
  | {
      readonly kind: 'write';
      readonly inode: number;
      readonly offset: number;
      readonly data: Buffer;
    }
  | { readonly kind: 'resize'; readonly inode: number; readonly size: number }
  | { readonly kind: 'sync'; readonly inode: number }
  | { readonly kind: 'sync-names'; readonly inode: number }
  | { readonly kind: 'sync-all' }
  | {
      readonly kind: 'make';
      readonly dir: number;
      readonly name: string;
      readonly inode: number;
      readonly isDir: boolean;
    }
  | { readonly kind: 'link'; readonly dir: number; readonly name: string; readonly inode: number }
  | { readonly kind: 'remove'; readonly dir: number; readonly name: string }
  | {
      readonly kind: 'rename';
      readonly from: { readonly dir: number; readonly name: string };
      readonly to: { readonly dir: number; readonly name: string };
    }
  | { readonly kind: 'say'; readonly text: string };

const headLength = 32;

export function parseRecords(log: Buffer): DiskRecord[] {
  const records: DiskRecord[] = [];
  for (let at = 0; at < log.length;) {
    const end = at + 4 + log.readUInt32LE(at);
    // A process that was killed may have been writing the last one.
    if (end > log.length) break;
    records.push(parseRecord(log.subarray(at, end)));
    at = end;
  }
  return records;
}

function parseRecord(bytes: Buffer): DiskRecord {
  const kind = String.fromCharCode(bytes.readUInt8(4));
  const nameEnd = headLength + bytes.readUInt16LE(6);
  const [a, b, c] = [8, 16, 24].map((at) => Number(bytes.readBigUInt64LE(at))) as [
    number,
    number,
    number,
  ];
  const name = bytes.toString('utf8', headLength, nameEnd);
  const data = bytes.subarray(nameEnd);
  switch (kind) {
    case 'W':
      return { kind: 'write', inode: a, offset: b, data };
    case 'T':
      return { kind: 'resize', inode: a, size: b };
    case 'F':
      return { kind: 'sync', inode: a };
    case 'D':
      return { kind: 'sync-names', inode: a };
    case 'A':
      return { kind: 'sync-all' };
    case 'C':
      return { kind: 'make', dir: a, name, inode: b, isDir: String.fromCharCode(c) === 'd' };
    case 'L':
      return { kind: 'link', dir: a, name, inode: b };
    case 'U':
      return { kind: 'remove', dir: a, name };
    case 'R':
      return {
        kind: 'rename',
        from: { dir: a, name: bytes.toString('utf8', headLength, headLength + c) },
        to: { dir: b, name: bytes.toString('utf8', headLength + c, nameEnd) },
      };
    case 'S':
      return { kind: 'say', text: data.toString('utf8') };
    default:
      throw new Error(`the recorder wrote a record of kind ${kind}`);
  }
}
