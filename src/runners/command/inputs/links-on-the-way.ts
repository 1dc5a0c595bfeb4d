import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../../core/model/errors.ts';

/** As Linux: after so many the path leads nowhere. */
const mostLinks = 40;

/**
 * All links that the system follows from a link to what it leads to, also those in the place of folders: `a` → `b` → `c`
 * are two. Absolute, no link in their folders. Whoever changes one of them changes what is read.
 */
export function linksOnTheWay(place: string): string[] {
  const links: string[] = [];
  const left = place.split('/');
  let at = '/';
  for (let segment = left.shift(); segment !== undefined; segment = left.shift()) {
    if (segment === '' || segment === '.') continue;
    const next = segment === '..' ? dirname(at) : join(at, segment);
    const target = segment === '..' ? undefined : targetOf(next);
    if (target === undefined) {
      at = next;
      continue;
    }
    if (links.length === mostLinks) break;
    links.push(next);
    if (target.startsWith('/')) at = '/';
    left.unshift(...target.split('/'));
  }
  return links;
}

/** Undefined for what is no link, or is not there. */
function targetOf(place: string): string | undefined {
  try {
    const stats = lstatSync(place, { throwIfNoEntry: false });
    return stats?.isSymbolicLink() === true ? readlinkSync(place) : undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
