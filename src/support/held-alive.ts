/**
 * Waits for something that another process does: nothing of this one is under way meanwhile, and Node would end it in the
 * middle of the wait.
 */
export async function heldAlive<T>(awaited: Promise<T>): Promise<T> {
  const hold = setInterval(() => undefined, longestTimer);
  try {
    return await awaited;
  } finally {
    clearInterval(hold);
  }
}

const longestTimer = 2 ** 31 - 1;
