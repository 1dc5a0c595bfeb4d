import { FsLogStore } from '../../stores/local/fs-log-store.ts';
import { FsInputStore } from '../../stores/local/fs-input-store.ts';
import { layoutOf } from '../../stores/local/layout.ts';
import type { QueuePlace } from './store-choice.ts';

/** Characters. Without a bucket, text is all that reaches other machines, so rows of the database hold it up to this length. */
const longestShared = 64 << 20;

/** The inputs of a root. */
export const openInputs = ({ root, queue }: QueuePlace): FsInputStore =>
  new FsInputStore(
    layoutOf(root),
    queue === undefined ? undefined : { isShared: true, longestInStore: longestShared },
  );

/** The inputs of this machine, if a bucket holds those of all. */
export const inputsHere = ({ root }: QueuePlace): FsInputStore => new FsInputStore(layoutOf(root));

/** The logs in the root of this machine. */
export const logsHere = ({ root }: QueuePlace): FsLogStore => new FsLogStore(layoutOf(root));
