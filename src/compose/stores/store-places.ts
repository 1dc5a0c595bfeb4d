import { layoutOf } from '../../stores/local/layout.ts';

/** Directories of a root that hold no input: what lies in them is the store's. */
export function storePlaces(root: string): readonly string[] {
  const { entries, private: own } = layoutOf(root);
  return [entries, own];
}
