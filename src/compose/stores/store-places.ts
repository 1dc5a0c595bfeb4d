import { layoutOf } from '../../stores/local/layout.ts';

/** Directories of a root that belong to the store. Files in them are not inputs. */
export function storePlaces(root: string): readonly string[] {
  const { entries, private: own } = layoutOf(root);
  return [entries, own];
}
