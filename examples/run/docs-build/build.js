// Makes an HTML page of each Markdown file, and an index of them: node build.js IN OUT
const { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');

const [source, target] = process.argv.slice(2);
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
const names = readdirSync(source)
  .filter((name) => name.endsWith('.md'))
  .sort();
const links = names.map((name) => {
  const text = readFileSync(join(source, name), 'utf8');
  const page = `${basename(name, '.md')}.html`;
  writeFileSync(join(target, page), text.trim().split(/\n\n+/).map(block).join('\n') + '\n');
  const title = /^# (.*)$/m.exec(text)?.[1] ?? page;
  return `<li><a href="${page}">${inline(title)}</a></li>`;
});
writeFileSync(join(target, 'index.html'), `<ul>\n${links.join('\n')}\n</ul>\n`);

function block(text) {
  const [, hashes, title] = /^(#{1,6}) (.*)$/.exec(text) ?? [];
  if (hashes) return `<h${hashes.length}>${inline(title)}</h${hashes.length}>`;
  return `<p>${inline(text)}</p>`;
}

function inline(text) {
  return text
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*([^*]+)\*/g, '<em>$1</em>');
}
