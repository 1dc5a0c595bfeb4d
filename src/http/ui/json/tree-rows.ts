/** A JSON value as rows of a tree. Only open parts have rows, and long lists are cut into spans that open by themselves. */
import { isObject } from '../data/shape.ts';

export interface TreeRow {
  /** Tells the row from all others. */
  readonly id: string;
  readonly depth: number;
  /** The name or index within the part around it; empty for the whole. */
  readonly name: string;
  readonly value: unknown;
  /** How many values it holds; null for one that holds none. */
  readonly size: number | null;
  readonly isOpen: boolean;
  /** True for a span of a long list, whose members are those of the part around it. */
  readonly isSpan: boolean;
}

/** Members that a part shows at once. */
const spanLength = 100;

export function treeRows(value: unknown, open: ReadonlySet<string>): TreeRow[] {
  const rows: TreeRow[] = [];
  add(rows, { id: '$', name: '', value, depth: 0 }, open);
  return rows;
}

type Part = Pick<TreeRow, 'id' | 'name' | 'value' | 'depth'>;

function add(rows: TreeRow[], part: Part, open: ReadonlySet<string>): void {
  const members = membersOf(part.value);
  const isOpen = members !== null && open.has(part.id);
  rows.push({ ...part, size: members?.length ?? null, isOpen, isSpan: false });
  if (members === null || !isOpen) return;
  const depth = part.depth + 1;
  if (members.length <= 2 * spanLength) addMembers(rows, part.id, members, depth, open);
  else addSpans(rows, part.id, members, depth, open);
}

type Member = readonly [name: string, value: unknown];

function addMembers(
  rows: TreeRow[],
  parent: string,
  members: readonly Member[],
  depth: number,
  open: ReadonlySet<string>,
): void {
  for (const [name, value] of members)
    add(rows, { id: `${parent}/${encodeURIComponent(name)}`, name, value, depth }, open);
}

function addSpans(
  rows: TreeRow[],
  parent: string,
  members: readonly Member[],
  depth: number,
  open: ReadonlySet<string>,
): void {
  for (let at = 0; at < members.length; at += spanLength) {
    const inside = members.slice(at, at + spanLength);
    const id = `${parent}:${at}`;
    const isOpen = open.has(id);
    const name = `${at} … ${at + inside.length - 1}`;
    rows.push({ id, depth, name, value: undefined, size: inside.length, isOpen, isSpan: true });
    if (isOpen) addMembers(rows, parent, inside, depth + 1, open);
  }
}

function membersOf(value: unknown): Member[] | null {
  if (Array.isArray(value)) return value.map((each, at) => [String(at), each]);
  return isObject(value) ? Object.entries(value) : null;
}

/** What is open at first: the whole, and small parts of it. */
export function firstOpen(value: unknown): Set<string> {
  const open = new Set(['$']);
  for (const row of treeRows(value, open))
    if (row.size !== null && row.size > 0 && row.size <= 12 && row.depth === 1) open.add(row.id);
  return open;
}
