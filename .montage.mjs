import { chromium } from 'playwright-core';
import { readFileSync, writeFileSync } from 'node:fs';
const [, , out, height, ...names] = process.argv;
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const p = await b.newPage({ viewport: { width: 400 * names.length, height: +height } });
await p.setContent('<body style="margin:0;display:flex;gap:8px;background:#888">' + names.map((n) => `<img style="width:392px;object-fit:cover;object-position:top" src="data:image/png;base64,${readFileSync(`/tmp/shots/${n}.png`).toString('base64')}">`).join(''));
await p.screenshot({ path: `/tmp/shots/${out}.png` });
await b.close();
