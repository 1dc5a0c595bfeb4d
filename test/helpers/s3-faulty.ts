import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { cacheOf } from '../../src/compose/stores/s3/open-bucket.ts';
import type { StoreChoice } from '../../src/compose/stores/store-choice.ts';
import type { EntryKey } from '../../src/core/model/entry/key.ts';
import type { EntryStore } from '../../src/core/ports/entry-store.ts';
import { layoutOf } from '../../src/stores/local/layout.ts';
import { FsWorkspace } from '../../src/stores/local/staging/fs-workspace.ts';
import { Bucket } from '../../src/stores/s3/connection/bucket.ts';
import { S3EntryStore } from '../../src/stores/s3/entries/s3-entry-store.ts';
import { keysIn } from '../../src/stores/s3/folders.ts';
import { faultyServer, type FaultyServer } from './faulty-server.ts';
import { fileNames } from './file-names.ts';
import { connectionTo, endpoint, freshStore } from './s3.ts';
import { tempDir } from './temp-dir.ts';

/** A fresh store, and a server in front of it on which requests go wrong. */
export interface FaultyStore {
  readonly choice: StoreChoice;
  readonly server: FaultyServer;
  readonly workspace: FsWorkspace;
  /** Past the faults: what stands in the store. */
  readonly bucket: Bucket;
  /** Objects behind the faults. */
  openBucket(waitMs?: number): Bucket;
  /** A store behind the faults, with a cache of its own. */
  open(waitMs?: number): Promise<S3EntryStore>;
  /** A store past the faults, with an empty cache of its own. */
  openSound(): Promise<S3EntryStore>;
  /** Of all objects of the store, in their order. */
  keys(): Promise<readonly string[]>;
}

export async function faultyStore(): Promise<FaultyStore> {
  const choice = await freshStore();
  const server = await faultyServer(endpoint);
  const workspace = new FsWorkspace(layoutOf(await tempDir()), () => undefined);
  const bucketAt = (url: string, waitMs?: number): Bucket => {
    const bucket = new Bucket(connectionTo(url, [10, 20, 40], waitMs));
    onTestFinished(() => bucket.close());
    return bucket;
  };
  const behind = (waitMs?: number): Bucket =>
    bucketAt(`${choice.url}?endpoint=${server.url}`, waitMs);
  const bucket = bucketAt(choice.url);
  return {
    ...{ choice, server, workspace, bucket },
    openBucket: behind,
    open: (waitMs) => storeIn(behind(waitMs), choice),
    openSound: () => storeIn(bucketAt(choice.url), choice),
    keys: () => keysIn(bucket, ''),
  };
}

export async function storeIn(bucket: Bucket, choice: StoreChoice): Promise<S3EntryStore> {
  const root = await tempDir();
  const store = { ...choice, cache: join(root, 'cache') };
  const cache = cacheOf({ root, store, ...fileNames }, bucket);
  return new S3EntryStore({ bucket, cache, workspace: cache.workspace, ...fileNames });
}

/** The bytes of a file of an entry, as a reader gets them. */
export async function textOf(store: EntryStore, key: EntryKey, name: string): Promise<string> {
  return (await buffer((await store.open(key, name)).stream())).toString();
}
