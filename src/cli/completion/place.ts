/** What may stand at the place of the command line where the cursor is. */
import { findCommand, type CommandTable } from '../command-table.ts';
import { daemon, store } from '../settings/flags.ts';
import { flagOf, type Setting } from '../settings/setting.ts';
import type { Candidate, NameKind, Place } from './candidate.ts';

/** @param words those after `cab`, up to the cursor; the last is the one that is being written, and may be empty */
export async function placeOf(words: readonly string[], commands: CommandTable): Promise<Place> {
  const current = words.at(-1) ?? '';
  if (words.length <= 1) return fixed(await commandsUnder('', commands));
  const found = findCommand(commands, words.slice(0, -1));
  if (found === undefined) return fixed(await commandsUnder(`${words[0]} `, commands));
  if (found.rest.includes('--')) return { ...nothing, names: ['file'] };
  const { default: Command } = await found.entry.load();
  const assigned = /^(--[^=]+=)/.exec(current)?.[1];
  if (assigned !== undefined) {
    const setting = Command.settings.find((one) => `--${flagOf(one)}=` === assigned);
    return setting === undefined ? nothing : valuesOf(setting, assigned);
  }
  const open = Command.settings.find((one) => awaitsValue(one, found.rest.at(-1) ?? ''));
  if (open !== undefined) return valuesOf(open, '');
  if (current.startsWith('-')) return fixed(Command.settings.flatMap(flagsOf));
  const below = found.rest.length === 0 ? await commandsUnder(`${words[0]} `, commands) : [];
  return { candidates: below, names: Command.completes, before: '' };
}

const nothing: Place = { candidates: [], names: [], before: '' };

const fixed = (candidates: readonly Candidate[]): Place => ({ ...nothing, candidates });

/** The first words of the ids that begin so, without what they begin with. */
async function commandsUnder(start: string, commands: CommandTable): Promise<Candidate[]> {
  const listed = [...commands].filter(
    ([id, { heading }]) => heading !== undefined && id.startsWith(start),
  );
  const summaries = new Map<string, string>();
  for (const [id, entry] of listed) {
    const [word = '', ...below] = id.slice(start.length).split(' ');
    const { summary } = (await entry.load()).default;
    if (below.length === 0 || !summaries.has(word)) summaries.set(word, summary ?? '');
  }
  return Array.from(summaries, ([word, text]) => ({ word, text }));
}

const awaitsValue = (setting: Setting, word: string): boolean =>
  setting.kind !== 'switch' &&
  (word === `--${flagOf(setting)}` || (setting.char !== undefined && word === `-${setting.char}`));

function valuesOf(setting: Setting, before: string): Place {
  const candidates = (setting.choices ?? []).map((word) => ({
    word: `${before}${word}`,
    text: '',
  }));
  return { candidates, names: namesFor(setting), before };
}

function namesFor({ names, kind }: Setting): readonly NameKind[] {
  if (names !== undefined) return [names];
  return kind === 'path' || kind === 'runner' ? ['file'] : [];
}

function flagsOf(setting: Setting): Candidate[] {
  const isOnByDefault = setting.kind === 'switch' && setting.fallback === true;
  const word = isOnByDefault ? `--no-${flagOf(setting)}` : `--${flagOf(setting)}`;
  return [{ word, text: setting.summary }];
}

/** Flags of the command line that is completed which say where its names are. */
export function rootFlagsIn(words: readonly string[]): string[] {
  return [store.cas_root, daemon.url].flatMap((setting) => {
    const flag = `--${flagOf(setting)}`;
    const apart = words.indexOf(flag);
    const value = apart === -1 ? undefined : words[apart + 1];
    if (value !== undefined && apart + 2 < words.length) return [`${flag}=${value}`];
    return words.slice(0, -1).filter((word) => word.startsWith(`${flag}=`));
  });
}
