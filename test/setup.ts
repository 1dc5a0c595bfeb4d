import { afterAll, afterEach } from 'vitest';
import { undoFile, undoTest } from './helpers/clean-up.ts';

afterEach(undoTest);
afterAll(undoFile);
