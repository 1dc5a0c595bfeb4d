import { describe, expect, it } from 'vitest';
import { shellWords } from '../../src/runners/program/shell-words.ts';

const place = { cwd: '/work', env: { HOME: '/home/me', TOOLS: '/opt/tools', PATH: '/bin' } };
const read = (line: string): string[] => shellWords(line, place).map(({ text }) => text);
const paths = (line: string): string[] =>
  shellWords(line, place).map(({ base, text }) => (text.includes('/') ? `${base} ${text}` : text));

describe('the words that a shell line reads', () => {
  it.each([
    ['sh $PWD/tool.sh', ['sh', '/work/tool.sh']],
    ['sh "$PWD"/tool.sh "${PWD}/a b.sh"', ['sh', '/work/tool.sh', '/work/a b.sh']],
    ['~/tool.sh --conf=~/x', ['/home/me/tool.sh', '--conf=/home/me/x']],
    ['$HOME/tool.sh ${TOOLS:-/x}/a ${NONE:-./b}', ['/home/me/tool.sh', '/opt/tools/a', './b']],
    ['T=./tool.sh; sh $T', ['T=./tool.sh', 'sh', './tool.sh']],
    [`sh './with space.sh' a\\ b`, ['sh', './with space.sh', 'a b']],
    ['cat <in.txt | grep x # ./no.sh', ['cat', 'in.txt', 'grep', 'x']],
    ['file2 a#b', ['file2', 'a#b']],
    ['if ./a.sh; then ./b.sh; fi', ['./a.sh', './b.sh']],
  ])('%s', (line, words) => {
    expect(read(line)).toEqual(expect.arrayContaining(words));
  });

  it('of a command within a word, in quotes, in a substitution', () => {
    for (const line of [`sh -c './tool.sh x'`, 'echo "$(./tool.sh x)"', 'echo `./tool.sh x`'])
      expect(read(line)).toContain('./tool.sh');
  });

  it.each([
    'echo x >> tries.log',
    'echo x >tries.log 2>&1',
    'echo x 2>"tries.log"',
    'echo x &> tries.log',
    'echo x | tee -a tries.log',
    'sort -o tries.log in',
    'dd if=in of=tries.log',
    'touch tries.log; mkdir -p tries.log',
    'cp in tries.log',
    '[ -e tries.log ] || test -s tries.log',
    'cat tries.log; echo x >> tries.log',
    'if [ -e $PWD/tries.log ]; then cat ./tries.log; else (cd .; echo x) > tries.log; fi',
  ])('are not those that are written: %s', (line) => {
    expect(read(line).filter((word) => word.includes('tries.log'))).toEqual([]);
  });

  it('are not those that only the shell knows', () => {
    expect(read('cat "$CAB_FEATURES_PATH" "$1" $(date).txt')).toEqual(['cat', 'date']);
  });

  it('begin where the line has gone to', () => {
    expect(paths('(cd tools && ./a.sh) ; ./b.sh')).toEqual([
      'cd',
      'tools',
      '/work/tools ./a.sh',
      '/work ./b.sh',
    ]);
  });

  it('tells commands and scripts', () => {
    const told = shellWords('nice -n 5 ./a.sh x | python3 -u b.py c', place);
    expect(told.filter(({ isCommand }) => isCommand).map(({ text }) => text)).toEqual(
      expect.arrayContaining(['nice', './a.sh', 'python3']),
    );
    expect(told.filter(({ isScript }) => isScript).map(({ text }) => text)).toEqual(['b.py']);
  });
});
