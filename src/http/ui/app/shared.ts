/**
 * The first part of the page, whole. Each later part imports it, so that the build keeps it in one file: a file for what
 * each two parts share would be many small ones, and they compress badly.
 */
import '../data/documents.ts';
import '../data/entries.ts';
import './shell.tsx';
import './start.ts';
