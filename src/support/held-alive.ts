/**
 * Keeps this process alive while it waits for something that another process does. Without this, nothing is pending here, and
 * Node would exit during the wait.
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
