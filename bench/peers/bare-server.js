/** A process of its own: takes whatever is posted for a job, writes its row, answers with its id. Prints its address. */
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { openRows, specLength } from './bare-rows.js';

const rows = openRows(process.argv[2]);

const server = createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', async () => {
    const id = randomUUID();
    await rows.add(id, 'pending', Buffer.concat(pieces).toString().padEnd(specLength));
    const text = JSON.stringify({ job_id: id, status: 'pending' });
    const headers = { 'content-type': 'application/json', 'content-length': text.length };
    response.writeHead(202, headers).end(text);
  });
});

server.listen(0, '127.0.0.1', () =>
  process.stdout.write(`http://127.0.0.1:${server.address().port}\n`),
);
