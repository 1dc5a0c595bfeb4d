import { readFileSync } from 'node:fs';
import { errnoOf } from '../../core/model/errors.ts';

/**
 * Processor time of all children that this process has waited for, with theirs, in milliseconds; 0 where the system does
 * not tell. Source: proc(5), `/proc/self/stat`, fields 16 and 17, in ticks of 10 ms.
 */
export function childrenMs(): number {
  try {
    const text = readFileSync('/proc/self/stat', 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[13]) + Number(fields[14])) * 10;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return 0;
  }
}
