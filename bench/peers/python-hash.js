import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const program = `
import hashlib, json, sys, time
text = open(sys.argv[1], 'rb').read()
for line in sys.stdin:
    begun = time.perf_counter()
    form = json.dumps(json.loads(text.decode()), sort_keys=True, separators=(',', ':'), ensure_ascii=False)
    digest = hashlib.sha256(form.encode('utf-8')).hexdigest()
    print(json.dumps({'digest': digest, 'seconds': time.perf_counter() - begun}), flush=True)
`;

/** A Python that holds the file in memory, and hashes its canonical form each time it is asked. */
export function startPythonHash({ defer }, path) {
  const child = spawn('python3', ['-c', program, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  defer(() => child.kill());
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async () => {
    child.stdin.write('\n');
    const { value } = await lines.next();
    if (value === undefined) throw new Error('python3 ended');
    return JSON.parse(value);
  };
}
