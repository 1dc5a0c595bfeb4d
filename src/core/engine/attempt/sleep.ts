/** Waits until `changed` resolves, `ms` milliseconds at most. */
export async function sleep(changed: Promise<void>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, ms).unref()));
  await Promise.race([changed, timeUp]);
  clearTimeout(timer);
}
