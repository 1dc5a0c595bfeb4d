/** Reads server-sent events to the end of the answer. */
export async function readEvents(
  response: Response,
  take: (data: string, id: string | undefined, type: string | undefined) => void,
): Promise<void> {
  if (response.body === null) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ''; ;) {
    const { done, value } = await reader.read();
    if (done) return;
    const frames = (rest + value).split('\n\n');
    rest = frames.pop() ?? '';
    for (const frame of frames) {
      const fields = fieldsOf(frame);
      if (fields.size > 0) take(fields.get('data') ?? '', fields.get('id'), fields.get('event'));
    }
  }
}

/** A line that begins with a colon is a sign of life, and has no field. */
export const fieldsOf = (frame: string): Map<string, string> =>
  new Map(
    frame.split('\n').flatMap((line): [string, string][] => {
      const [, name, value = ''] = /^(\w+)(?:: ?(.*))?$/s.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
